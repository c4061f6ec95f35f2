import { limitKey } from "./address.ts";
import { TooManyRequestsError } from "./limits.ts";

/** An attempt to sign in. */
export interface Attempt {
  readonly account: string;
  readonly address: string;
}

/** What is known of an account, or of an address. */
interface Tally {
  failures: number;
  /** Attempts whose outcome is not known yet. */
  running: number;
  /** Attempts that wait for these outcomes. */
  queued: number;
  /** Unix ms, as `forgottenAt`. */
  waitsUntil: number;
  forgottenAt: number;
}

/** Failed sign-ins that cost nothing. */
const FREE_FAILURES = 5;
/** How long failures are remembered after the last one, and the longest wait after one, in ms. */
const REMEMBER = 3_600_000;
const LONGEST_WAIT = 900_000;
/** Attempts on an account, or from an address, that may be queued: others' must find a place to be checked. */
const MAX_QUEUED = 16;
/** Seconds after which some of these have ended. */
const ONE_BY_ONE = 1;

/**
 * How fast passwords may be tried. An attempt counts as a failure from its beginning until it succeeds, so that many at
 * the same moment try no more passwords than one after the other.
 */
export class Attempts {
  /** What has failures stands in the order in which they are forgotten. */
  readonly #tallies = new Map<string, Tally>();
  readonly #now: () => number;
  #queue: (() => void)[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Lets an attempt run that answers with null when it fails. After a few failures of the account or the address each
   * doubles the wait; one that succeeds makes the account's forgotten, the address's stay.
   *
   * @throws {TooManyRequestsError} before it runs, when the account or the address has to wait.
   */
  async run<T extends object | true>(
    { account, address }: Attempt,
    attempt: () => Promise<T | null>,
  ): Promise<T | null> {
    const accountKey = `account ${account.toLowerCase()}`;
    const keys = [accountKey, `address ${limitKey(address)}`];
    this.#forget();
    await this.#enter(keys);
    let result: T | null | undefined;
    try {
      result = await attempt();
      return result;
    } finally {
      if (result) this.#clear(accountKey);
      for (const key of keys) this.#end(key, result === null);
      for (const next of this.#queue.splice(0)) next();
    }
  }

  /** Counts an attempt as running, once the outcomes of others leave it one to try. */
  async #enter(keys: readonly string[]): Promise<void> {
    this.#refuseEarly(keys);
    while (keys.some((key) => this.#isFull(key))) {
      if (keys.some((key) => (this.#tallies.get(key)?.queued ?? 0) >= MAX_QUEUED)) {
        const message = `Cannot sign in: too many attempts at the same moment; try again in ${ONE_BY_ONE} s`;
        throw new TooManyRequestsError(message, ONE_BY_ONE);
      }
      for (const key of keys) this.#tallyOf(key).queued += 1;
      await new Promise<void>((resolve) => this.#queue.push(resolve));
      for (const key of keys) this.#tallyOf(key).queued -= 1;
      for (const key of keys) this.#dropEmpty(key);
      this.#refuseEarly(keys);
    }
    for (const key of keys) this.#tallyOf(key).running += 1;
  }

  #refuseEarly(keys: readonly string[]): void {
    const until = Math.max(...keys.map((key) => this.#tallies.get(key)?.waitsUntil ?? 0));
    const wait = Math.ceil((until - this.#now()) / 1_000);
    if (wait <= 0) return;
    throw new TooManyRequestsError(`Cannot sign in: too many failed attempts; try again in ${wait} s`, wait);
  }

  #isFull(key: string): boolean {
    const { failures = 0, running = 0 } = this.#tallies.get(key) ?? {};
    return running > 0 && failures + running >= FREE_FAILURES;
  }

  #end(key: string, isFailure: boolean): void {
    const tally = this.#tallyOf(key);
    tally.running -= 1;
    if (isFailure) {
      tally.failures += 1;
      const over = tally.failures - FREE_FAILURES;
      if (over > 0) tally.waitsUntil = this.#now() + Math.min(2 ** over * 1_000, LONGEST_WAIT);
      tally.forgottenAt = this.#now() + REMEMBER;
      // Once more, as the last of all.
      this.#tallies.delete(key);
      this.#tallies.set(key, tally);
    }
    this.#dropEmpty(key);
  }

  #clear(key: string): void {
    const tally = this.#tallies.get(key);
    if (tally) Object.assign(tally, { failures: 0, waitsUntil: 0 });
  }

  #tallyOf(key: string): Tally {
    const tally = this.#tallies.get(key) ?? { failures: 0, running: 0, queued: 0, waitsUntil: 0, forgottenAt: 0 };
    this.#tallies.set(key, tally);
    return tally;
  }

  #dropEmpty(key: string): void {
    const { failures = 0, running = 0, queued = 0 } = this.#tallies.get(key) ?? {};
    if (failures + running + queued === 0) this.#tallies.delete(key);
  }

  #forget(): void {
    const now = this.#now();
    for (const [key, { running, queued, forgottenAt }] of this.#tallies) {
      if (running + queued > 0) continue;
      if (forgottenAt > now) break;
      this.#tallies.delete(key);
    }
  }
}
