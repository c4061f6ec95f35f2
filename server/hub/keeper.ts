import { setImmediate } from "node:timers/promises";
import type { Filter } from "./filter.ts";
import type { Reader } from "./reader.ts";

/** What a stream was opened with. */
export interface Ticket {
  /** When its credential ends (unix ms; Infinity: not by itself), unless it has been prolonged by then. */
  readonly expiresAt: number;
}

/** What the holder of a ticket may do. */
export interface Verdict {
  /** What it may follow; null: nothing any more. */
  readonly filter: Filter | null;
  /** When its credential ends by what is known now (unix ms; Infinity: not by itself). */
  readonly expiresAt: number;
  /** False: something could not be found out, so it is to be judged again soon. */
  readonly isFinal: boolean;
}

/** What a keeper needs. */
export interface KeeperOptions<T extends Ticket> {
  /** Judges the holder of a ticket; this may take a while. */
  readonly judge: (ticket: T) => Promise<Verdict>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** How often streams whose credential has ended are looked for, in ms. */
const LOOK_EVERY = 500;
/** How often streams are judged again for which there was no final verdict, in ms. */
const AGAIN_EVERY = 2_000;
/** Failures to judge a stream in a row after which it ends: whoever cannot be judged must not go on. */
const MAX_FAILURES = 3;
/** Streams judged in one turn of the event loop. */
const PER_TURN = 100;

/** Keeps open streams within the rights of their callers: narrows or ends them when these change or run out. */
export class StreamKeeper<T extends Ticket> implements Disposable {
  readonly #options: KeeperOptions<T>;
  readonly #tickets = new Map<Reader, T>();
  readonly #expiring = new Map<Reader, number>();
  /** To be judged; also while a verdict is under way that may not have seen the change. */
  readonly #due = new Set<Reader>();
  readonly #judging = new Set<Reader>();
  readonly #undecided = new Set<Reader>();
  readonly #failures = new Map<Reader, number>();
  readonly #timers: readonly NodeJS.Timeout[];
  #isJudging = false;
  /** Who is still to be judged: these users' streams, or (null) all. */
  #wanted: Set<string> | null = new Set();

  constructor(options: KeeperOptions<T>) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.#judgeExpired(), LOOK_EVERY).unref(),
      setInterval(() => void this.#judgeEach(this.#undecided).catch(options.onError), AGAIN_EVERY).unref(),
    ];
  }

  /** Watches a stream until {@linkcode forget}. */
  watch(reader: Reader, ticket: T): void {
    this.#tickets.set(reader, ticket);
    this.#expect(reader, ticket.expiresAt);
  }

  /** What a stream was opened with. */
  ticketOf(reader: Reader): T | undefined {
    return this.#tickets.get(reader);
  }

  /** Every stream with its ticket, the oldest first. */
  [Symbol.iterator](): Iterator<[Reader, T]> {
    return this.#tickets[Symbol.iterator]();
  }

  /** Lets a stream go that has ended. */
  forget(reader: Reader): void {
    this.#tickets.delete(reader);
    this.#expiring.delete(reader);
    this.#undecided.delete(reader);
    this.#failures.delete(reader);
  }

  /** Judges the streams of a user anew, because this user's preferences have changed; or all, because rights have. */
  recheck(user?: string): void {
    if (user === undefined) this.#wanted = null;
    else this.#wanted?.add(user);
    if (!this.#isJudging) void this.#judgeWanted();
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#tickets.clear();
  }

  async #judgeWanted(): Promise<void> {
    this.#isJudging = true;
    while (this.#wanted?.size !== 0) {
      const users = this.#wanted;
      this.#wanted = new Set();
      const readers = this.#tickets.keys();
      await this.#judgeEach(users ? readers.filter(({ filter }) => users.has(filter.user ?? "")) : readers);
    }
    this.#isJudging = false;
  }

  /** No stream waits for the verdict on another. */
  async #judgeEach(readers: Iterable<Reader>): Promise<void> {
    let begun = 0;
    for (const reader of readers) {
      void this.#judge(reader);
      begun += 1;
      if (begun % PER_TURN === 0) await setImmediate();
    }
  }

  async #judge(reader: Reader): Promise<void> {
    this.#due.add(reader);
    if (this.#judging.has(reader)) return;
    this.#judging.add(reader);
    while (this.#due.delete(reader)) await this.#decide(reader);
    this.#judging.delete(reader);
  }

  async #decide(reader: Reader): Promise<void> {
    const ticket = this.#tickets.get(reader);
    if (!ticket) return;
    try {
      const verdict = await this.#options.judge(ticket);
      this.#failures.delete(reader);
      if (verdict.isFinal) this.#undecided.delete(reader);
      else this.#postpone(reader);
      this.#follow(reader, verdict);
    } catch (error) {
      const failures = (this.#failures.get(reader) ?? 0) + 1;
      if (failures === 1) this.#options.onError(error);
      if (failures >= MAX_FAILURES) reader.end("revoked");
      this.#postpone(reader);
      if (this.#tickets.has(reader)) this.#failures.set(reader, failures);
    }
  }

  #follow(reader: Reader, { filter, expiresAt }: Verdict): void {
    const now = this.#options.now();
    const isOver = expiresAt <= now;
    if (filter && !isOver) {
      this.#expect(reader, expiresAt);
      reader.refilter(filter);
    } else reader.end(isOver || this.#isExpired(reader, now) ? "expired" : "revoked");
  }

  #expect(reader: Reader, expiresAt: number): void {
    if (!this.#tickets.has(reader)) return;
    if (Number.isFinite(expiresAt)) this.#expiring.set(reader, expiresAt);
    else this.#expiring.delete(reader);
  }

  #isExpired(reader: Reader, now: number): boolean {
    return (this.#expiring.get(reader) ?? Number.POSITIVE_INFINITY) <= now;
  }

  #postpone(reader: Reader): void {
    if (this.#tickets.has(reader)) this.#undecided.add(reader);
  }

  #judgeExpired(): void {
    const now = this.#options.now();
    // Sessions are prolonged while they are used; whose time is over is found out anew.
    for (const reader of this.#expiring.keys()) if (this.#isExpired(reader, now)) void this.#judge(reader);
  }
}
