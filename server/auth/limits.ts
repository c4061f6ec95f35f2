import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { limitKey } from "./address.ts";
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

/** An attempt to sign in, or to use a secret. */
export interface Attempt {
  /** Null: the secret names its account itself. */
  readonly account: string | null;
  readonly address: string;
}

/** Failed sign-ins that cost nothing. */
const FREE_FAILURES = 5;
/** How long failures are remembered, and the longest wait after one, in s. */
const REMEMBER = 3_600;
const LONGEST_WAIT = 900;
/** Attempts on an account, or from an address, that may run at the same time: others' must find a place to be checked. */
const AT_ONCE = 16;
/** Seconds after which some of these have ended. */
const ONE_BY_ONE = 1;

/** How fast callers may publish, addresses may call, and passwords may be tried. */
export class RateLimits {
  readonly #publish: RateLimiterMemory | null;
  readonly #requests: RateLimiterMemory | null;
  readonly #failures = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: REMEMBER });
  readonly #waits = new RateLimiterMemory({ points: 1, duration: 1 });
  readonly #running = new Map<string, number>();

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
    if (!this.#requests) return;
    const key = limitKey(address);
    await consume(this.#requests, key, `Cannot answer: ${key} asks too often`);
  }

  /**
   * Lets an attempt run that answers with null when it fails. After a few failures of the account or the address each
   * doubles the wait; one that succeeds makes the account's forgotten, the address's stay.
   *
   * @throws {TooManyRequestsError} before it runs, when the account or the address has to wait.
   */
  async attempt<T>({ account, address }: Attempt, run: () => T | null | Promise<T | null>): Promise<T | null> {
    const keys = [`address ${limitKey(address)}`, ...(account === null ? [] : [accountKey(account)])];
    await this.#refuseWaiting(keys);
    this.#enter(keys);
    try {
      const result = await run();
      if (result === null) await this.#countFailure(keys);
      else if (account !== null) await this.#failures.delete(accountKey(account));
      return result;
    } finally {
      for (const key of keys) this.#leave(key);
    }
  }

  async #refuseWaiting(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const wait = await this.#waits.get(key);
      if (wait && wait.consumedPoints > 1) {
        const seconds = Math.ceil(wait.msBeforeNext / 1_000);
        throw new TooManyRequestsError(`Cannot sign in: too many failed attempts; try again in ${seconds} s`, seconds);
      }
    }
  }

  #enter(keys: readonly string[]): void {
    if (keys.some((key) => (this.#running.get(key) ?? 0) >= AT_ONCE)) {
      const message = `Cannot sign in: too many attempts at the same moment; try again in ${ONE_BY_ONE} s`;
      throw new TooManyRequestsError(message, ONE_BY_ONE);
    }
    for (const key of keys) this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
  }

  #leave(key: string): void {
    const left = (this.#running.get(key) ?? 0) - 1;
    if (left > 0) this.#running.set(key, left);
    else this.#running.delete(key);
  }

  async #countFailure(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const { consumedPoints } = await this.#failures.penalty(key);
      const over = consumedPoints - FREE_FAILURES;
      if (over > 0) await this.#waits.block(key, Math.min(2 ** over, LONGEST_WAIT));
    }
  }
}

function accountKey(account: string): string {
  return `account ${account.toLowerCase()}`;
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
