import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { limitKey } from "./address.ts";
import { type Caller, callerId, callerUser } from "./caller.ts";

/** A caller is too fast, or has too much open. */
export class TooManyRequestsError extends Error {
  override readonly name = "TooManyRequestsError";
  /** Seconds after which another attempt may do. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** So many per minute; 0: no limit. */
export interface RateOptions {
  readonly publishRate: number;
  readonly requestRate: number;
}

/** How fast callers may publish, and addresses may call. */
export class RateLimits {
  readonly #publish: PerMinute;
  readonly #requests: PerMinute;

  constructor({ publishRate, requestRate }: RateOptions) {
    this.#publish = new PerMinute(publishRate);
    this.#requests = new PerMinute(requestRate);
  }

  /** Counts one publish of a user, whose own tokens count as well, or of a token. @throws {TooManyRequestsError} */
  publish(caller: Exclude<Caller, { kind: "nobody" }>): Promise<void> | undefined {
    if (this.#publish.isOff) return undefined;
    const user = callerUser(caller);
    const key = user === null ? `token ${caller.id}` : `user ${user}`;
    return this.#publish.count(key, `Cannot publish: ${callerId(caller)} publishes too fast`);
  }

  /** Counts one request of an address. @throws {TooManyRequestsError} */
  request(address: string): Promise<void> | undefined {
    if (this.#requests.isOff) return undefined;
    const key = limitKey(address);
    return this.#requests.count(key, `Cannot answer: ${key} asks too often`);
  }
}

/** Counts what each of many does within a minute. */
export class PerMinute {
  readonly #limiter: RateLimiterMemory | null;

  /** @param most how often each may; 0: no limit */
  constructor(most: number) {
    this.#limiter = most > 0 ? new RateLimiterMemory({ points: most, duration: 60 }) : null;
  }

  /** Whether there is no limit: then nothing has to be counted, nor waited for. */
  get isOff(): boolean {
    return this.#limiter === null;
  }

  /** Counts once; `message` begins the refusal. @throws {TooManyRequestsError} beyond the limit. */
  async count(key: string, message: string): Promise<void> {
    if (!this.#limiter) return;
    try {
      await this.#limiter.consume(key);
    } catch (refusal) {
      const seconds = Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1_000);
      const limit = `the limit is ${this.#limiter.points} a minute, try again in ${seconds} s`;
      throw new TooManyRequestsError(`${message}; ${limit}`, seconds);
    }
  }
}
