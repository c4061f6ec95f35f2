import type { Sent } from "../../db/acknowledgements.ts";
import type { Database } from "../../db/database.ts";
import type { EventLog } from "../../db/event_log.ts";
import type { ExpiredRecord } from "../../db/expiry.ts";
import { createOldestKeyReader } from "../../db/idempotency.ts";
import { readFreeSpace } from "../../db/retention.ts";
import type { ScheduledRow } from "../../db/schema.ts";
import { createIndexedReader } from "../../db/search.ts";
import type { Writer } from "../../db/writer.ts";
import type { Draft } from "../rules/draft.ts";
import { Chore } from "./chore.ts";
import { startEscalation } from "./escalation.ts";
import { startExpiry } from "./expiry.ts";
import { Pace } from "./pace.ts";
import { Retention } from "./retention.ts";
import { startSchedule } from "./schedule.ts";

/** What the housekeeper needs. */
export interface HousekeeperOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly log: EventLog;
  /** Tells whoever has them on the screen that the time of notifications is over. */
  readonly tellExpired: (expired: readonly ExpiredRecord[]) => void;
  /** Whether nobody has to acknowledge a notification any more. */
  readonly isSettled: (sent: Sent) => boolean;
  /** Why somebody must not have something sent again to another channel; null: nothing speaks against it. */
  readonly stepObjection: (orderer: string | null, channel: string) => string | null;
  /** Why something must not be sent, although it is due; null: nothing speaks against it. */
  readonly objection: (row: ScheduledRow, draft: Draft) => string | null;
  /** How long an idempotency key is remembered, in ms. */
  readonly rememberKeys: number;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Keys that are forgotten together; pages that are given back together (a megabyte), and merged together. */
const KEYS = 500;
const PAGES = 256;
const MERGE = 64;
/** The part of the file that may stay empty, for what comes next. */
const SPARE = 0.02;

/** Everything that happens by itself as time goes by: deliveries at their times, escalation, expiry, retention, tidying up. */
export class Housekeeper implements AsyncDisposable {
  readonly #options: HousekeeperOptions;
  readonly #pace: Pace;
  readonly #readOldestKey: () => number | undefined;
  readonly #readIndexed: () => number;
  /** How far the full-text index was when it had nothing left to merge. */
  #merged = 0;
  readonly #parts = new AsyncDisposableStack();

  constructor(options: HousekeeperOptions) {
    const { db, writer, log, tellExpired: tell, isSettled, stepObjection, objection, now, onError } = options;
    this.#options = options;
    this.#pace = this.#parts.use(new Pace(writer));
    this.#readOldestKey = createOldestKeyReader(db);
    this.#readIndexed = createIndexedReader(db);
    const common = { db, writer, log, pace: this.#pace, now, onError };
    const retention = this.#parts.use(new Retention(common));
    this.#parts.use(startSchedule({ ...common, objection }));
    this.#parts.use(startEscalation({ ...common, isSettled, stepObjection }));
    this.#parts.use(startExpiry({ ...common, tell }));
    const tasks = [
      retention.sweep.bind(retention),
      this.#forgetKeys.bind(this),
      this.#mergeIndex.bind(this),
      this.#shrink.bind(this),
    ];
    // A step of each in turn, so that much of one holds up none of the others.
    const work = async (signal: AbortSignal) => {
      let hasMore = false;
      for (const task of tasks) if (!signal.aborted) hasMore = (await task(signal)) || hasMore;
      return hasMore ? now() : undefined;
    };
    this.#parts.use(new Chore({ work, now, onError }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  /** Answers, as all tasks do, whether there may be more to do. */
  async #forgetKeys(signal: AbortSignal): Promise<boolean> {
    const { writer, now, rememberKeys } = this.#options;
    const before = now() - rememberKeys;
    if ((this.#readOldestKey() ?? Number.POSITIVE_INFINITY) > before) return false;
    const input = { before, limit: KEYS };
    const { count } = await this.#pace.step(() => writer.execute({ kind: "idempotency.forget", input }), signal);
    return count > 0;
  }

  /** Merges what the full-text index gathered, so that a search looks through few pieces. */
  async #mergeIndex(signal: AbortSignal): Promise<boolean> {
    const { writer } = this.#options;
    const indexed = this.#readIndexed();
    if (indexed === this.#merged) return false;
    const input = { pages: MERGE };
    const { count } = await this.#pace.step(() => writer.execute({ kind: "search.merge", input }), signal);
    if (count === 0) this.#merged = indexed;
    return count > 0;
  }

  /** Gives space of what was deleted back to the disk. Not every file can shrink. */
  async #shrink(signal: AbortSignal): Promise<boolean> {
    const { db, writer } = this.#options;
    const { free, total } = readFreeSpace(db);
    if (free <= Math.max(PAGES, total * SPARE)) return false;
    const input = { pages: PAGES };
    const { count } = await this.#pace.step(() => writer.execute({ kind: "database.shrink", input }), signal);
    return count > 0;
  }
}
