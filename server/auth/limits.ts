import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { type Caller, callerId } from "./caller.ts";

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

/** Failed sign-ins that cost nothing. */
const FREE_FAILURES = 5;
/** How long failures are remembered, and the longest wait after one, in s. */
const REMEMBER = 3_600;
const LONGEST_WAIT = 900;

/** How fast callers may publish, addresses may call, and passwords may be tried. */
export class RateLimits {
  readonly #publish: RateLimiterMemory | null;
  readonly #requests: RateLimiterMemory | null;
  readonly #failures = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: REMEMBER });
  readonly #waits = new RateLimiterMemory({ points: 1, duration: 1 });

  constructor({ publishRate, requestRate }: RateOptions) {
    this.#publish = publishRate > 0 ? perMinute(publishRate) : null;
    this.#requests = requestRate > 0 ? perMinute(requestRate) : null;
  }

  /** Counts one publish of a token or user. @throws {TooManyRequestsError} */
  async publish(caller: Exclude<Caller, { kind: "nobody" }>): Promise<void> {
    if (!this.#publish) return;
    const key = `${caller.kind} ${caller.id}`;
    await consume(this.#publish, key, `Cannot publish: ${callerId(caller)} publishes too fast`);
  }

  /** Counts one request of an address. @throws {TooManyRequestsError} */
  async request(address: string): Promise<void> {
    if (this.#requests) await consume(this.#requests, address, `Cannot answer: ${address} asks too often`);
  }

  /** Refuses an attempt to sign in while the account (null: none) or the address has to wait. @throws {TooManyRequestsError} */
  async signIn(account: string | null, address: string): Promise<void> {
    for (const key of keysOf(account, address)) {
      const wait = await this.#waits.get(key);
      if (wait && wait.consumedPoints > 1) {
        const seconds = Math.ceil(wait.msBeforeNext / 1_000);
        throw new TooManyRequestsError(`Cannot sign in: too many failed attempts; try again in ${seconds} s`, seconds);
      }
    }
  }

  /** Counts a failed sign-in; after a few, each doubles the wait. */
  async signInFailed(account: string | null, address: string): Promise<void> {
    for (const key of keysOf(account, address)) {
      const { consumedPoints } = await this.#failures.penalty(key);
      const over = consumedPoints - FREE_FAILURES;
      if (over > 0) await this.#waits.block(key, Math.min(2 ** over, LONGEST_WAIT));
    }
  }

  /** Forgets an account's failures once it signs in; the address's stay. */
  async signedIn(account: string): Promise<void> {
    await this.#failures.delete(accountKey(account));
  }
}

function accountKey(account: string): string {
  return `account ${account.toLowerCase()}`;
}

function keysOf(account: string | null, address: string): string[] {
  return [...(account === null ? [] : [accountKey(account)]), `address ${address}`];
}

function perMinute(points: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: 60 });
}

async function consume(limiter: RateLimiterMemory, key: string, message: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    const seconds = Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1_000);
    throw new TooManyRequestsError(
      `${message}; the limit is ${limiter.points} a minute, try again in ${seconds} s`,
      seconds,
    );
  }
}
