import { setImmediate } from "node:timers/promises";
import type { Filter } from "./filter.ts";
import type { Reader } from "./reader.ts";

/** What a stream was opened with; when it ends by itself (unix ms; Infinity: not). */
export interface Ticket {
  readonly expiresAt: number;
}

/** What a keeper needs. */
export interface KeeperOptions<T extends Ticket> {
  /** What the holder of a ticket may follow now; null: nothing any more. */
  readonly judge: (ticket: T) => Promise<Filter | null>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** How often expired tickets are looked for, in ms. */
const LOOK_EVERY = 500;
/** Streams judged in one turn of the event loop. */
const PER_TURN = 100;

/** Keeps open streams within the rights of their callers: narrows or ends them when these change or run out. */
export class StreamKeeper<T extends Ticket> implements Disposable {
  readonly #options: KeeperOptions<T>;
  readonly #tickets = new Map<Reader, T>();
  readonly #expiring = new Set<Reader>();
  readonly #timer: NodeJS.Timeout;
  #isJudging = false;
  /** Who is still to be judged: these users' streams, or (null) all. */
  #wanted: Set<string> | null = new Set();

  constructor(options: KeeperOptions<T>) {
    this.#options = options;
    this.#timer = setInterval(() => this.#endExpired(), LOOK_EVERY).unref();
  }

  /** Watches a stream until {@linkcode forget}. */
  watch(reader: Reader, ticket: T): void {
    this.#tickets.set(reader, ticket);
    if (Number.isFinite(ticket.expiresAt)) this.#expiring.add(reader);
  }

  /** Lets a stream go that has ended. */
  forget(reader: Reader): void {
    this.#tickets.delete(reader);
    this.#expiring.delete(reader);
  }

  /** Judges the streams of a user anew, because this user's preferences have changed; or all, because rights have. */
  recheck(user?: string): void {
    if (user === undefined) this.#wanted = null;
    else this.#wanted?.add(user);
    if (!this.#isJudging) void this.#judgeWanted();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#tickets.clear();
  }

  async #judgeWanted(): Promise<void> {
    this.#isJudging = true;
    while (this.#wanted?.size !== 0) {
      const users = this.#wanted;
      this.#wanted = new Set();
      let judged = 0;
      for (const [reader, ticket] of this.#tickets) {
        if (users && !users.has(reader.filter.user ?? "")) continue;
        await this.#judge(reader, ticket).catch(this.#options.onError);
        judged += 1;
        if (judged % PER_TURN === 0) await setImmediate();
      }
    }
    this.#isJudging = false;
  }

  async #judge(reader: Reader, ticket: T): Promise<void> {
    const filter = await this.#options.judge(ticket);
    if (filter) reader.refilter(filter);
    else reader.end("revoked");
  }

  #endExpired(): void {
    const now = this.#options.now();
    for (const reader of this.#expiring) {
      if ((this.#tickets.get(reader)?.expiresAt ?? 0) <= now) reader.end("expired");
    }
  }
}
