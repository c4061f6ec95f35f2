import { setImmediate } from "node:timers/promises";
import type { Filter } from "./filter.ts";
import type { Reader } from "./reader.ts";

/** What a stream was opened with; when it ends by itself (unix ms; Infinity: not). */
export interface Ticket {
  readonly expiresAt: number;
}

/** What the holder of a ticket may do. */
export interface Verdict {
  /** What it may follow; null: nothing any more. */
  readonly filter: Filter | null;
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

/** How often expired tickets are looked for, in ms. */
const LOOK_EVERY = 500;
/** How often streams are judged again for which there was no final verdict, in ms. */
const AGAIN_EVERY = 2_000;
/** Streams judged in one turn of the event loop. */
const PER_TURN = 100;

/** Keeps open streams within the rights of their callers: narrows or ends them when these change or run out. */
export class StreamKeeper<T extends Ticket> implements Disposable {
  readonly #options: KeeperOptions<T>;
  readonly #tickets = new Map<Reader, T>();
  readonly #expiring = new Set<Reader>();
  /** To be judged; also while a verdict is under way that may not have seen the change. */
  readonly #due = new Set<Reader>();
  readonly #judging = new Set<Reader>();
  readonly #undecided = new Set<Reader>();
  readonly #timers: readonly NodeJS.Timeout[];
  #isJudging = false;
  /** Who is still to be judged: these users' streams, or (null) all. */
  #wanted: Set<string> | null = new Set();

  constructor(options: KeeperOptions<T>) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.#endExpired(), LOOK_EVERY).unref(),
      setInterval(() => void this.#judgeEach(this.#undecided).catch(options.onError), AGAIN_EVERY).unref(),
    ];
  }

  /** Watches a stream until {@linkcode forget}. */
  watch(reader: Reader, ticket: T): void {
    this.#tickets.set(reader, ticket);
    if (Number.isFinite(ticket.expiresAt)) this.#expiring.add(reader);
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
      const { filter, isFinal } = await this.#options.judge(ticket);
      if (isFinal) this.#undecided.delete(reader);
      else this.#postpone(reader);
      if (filter) reader.refilter(filter);
      else reader.end("revoked");
    } catch (error) {
      if (!this.#undecided.has(reader)) this.#options.onError(error);
      this.#postpone(reader);
    }
  }

  #postpone(reader: Reader): void {
    if (this.#tickets.has(reader)) this.#undecided.add(reader);
  }

  #endExpired(): void {
    const now = this.#options.now();
    for (const reader of this.#expiring) {
      if ((this.#tickets.get(reader)?.expiresAt ?? 0) <= now) reader.end("expired");
    }
  }
}
