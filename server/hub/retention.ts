import { setImmediate } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import type { EventLog, LogRecord } from "../../db/event_log.ts";
import { countBelow, findAged, type LimitedChannel, listLimitedChannels } from "../../db/retention.ts";
import type { Committed, Writer } from "../../db/writer.ts";
import type { Pace } from "./pace.ts";

/** What retention needs. */
export interface RetentionOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly log: EventLog;
  readonly pace: Pace;
  readonly now: () => number;
}

/** Notifications that are deleted together: some milliseconds of the writer's time. */
const BATCH = 500;
/** Index entries that are counted in one turn of the event loop: a quarter of a millisecond. */
const WALK = 5_000;
/** How often ages are looked at, in ms. */
const AGE_EVERY = 60_000;
/** A channel is counted again once this part of its limit has come in. */
const SLACK = 0.01;
const DAY = 86_400_000;

/** Deletes what channels keep no longer, the oldest first, in small batches. */
export class Retention implements Disposable {
  readonly #options: RetentionOptions;
  readonly #subscriptions: readonly Disposable[];
  /** Null: to be read anew. */
  #channels: readonly LimitedChannel[] | null = null;
  /** What came into channels since they were counted; others were never counted. */
  readonly #added = new Map<string, number>();
  /** When ages were looked at, in unix ms. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RetentionOptions) {
    const { log, writer } = options;
    this.#options = options;
    this.#subscriptions = [
      log.onCommit((records) => this.#count(records)),
      writer.onCommit((committed) => this.#learn(committed)),
    ];
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  /** Deletes what is due now, until the signal aborts. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { db, now } = this.#options;
    const passed = now() - this.#lookedAt;
    // The clock may have been put back.
    const isTime = passed < 0 || passed >= AGE_EVERY;
    if (isTime) this.#lookedAt = now();
    this.#channels ??= listLimitedChannels(db);
    for (const channel of this.#channels) {
      if (signal.aborted) return;
      if (isTime && channel.days !== null) await this.#trimAged(channel, now() - channel.days * DAY, signal);
      if (channel.count !== null && this.#hasGrown(channel, isTime)) await this.#trimSurplus(channel, signal);
    }
  }

  #count(records: readonly LogRecord[]): void {
    for (const { channel } of records) {
      const added = this.#added.get(channel);
      if (added !== undefined) this.#added.set(channel, added + 1);
    }
  }

  #learn(committed: readonly Committed[]): void {
    for (const { command } of committed) {
      if (command.kind !== "channel.create" && command.kind !== "channel.update") continue;
      this.#channels = null;
      this.#added.delete(command.input.name);
      this.#lookedAt = Number.NEGATIVE_INFINITY;
    }
  }

  #hasGrown({ name, count }: LimitedChannel, isTime: boolean): boolean {
    const added = this.#added.get(name) ?? Number.POSITIVE_INFINITY;
    return added >= Math.max(1, (count ?? 0) * SLACK) || (isTime && added > 0);
  }

  async #trimAged({ id, name }: LimitedChannel, before: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const through = findAged(this.#options.db, id, { before, limit: BATCH });
      if (through === 0) return;
      await this.#trim(name, through, signal);
    }
  }

  /** Walks back over as many as are kept; what lies before them goes. What comes in meanwhile is counted next time. */
  async #trimSurplus({ id, name, count }: LimitedChannel, signal: AbortSignal): Promise<void> {
    this.#added.set(name, 0);
    let kept = count ?? 0;
    let below = Number.MAX_SAFE_INTEGER;
    try {
      while (kept > 0) {
        const limit = Math.min(kept, WALK);
        const found = countBelow(this.#options.db, id, { below, limit });
        if (found.count < limit) return;
        kept -= limit;
        below = found.oldest;
        await setImmediate();
      }
      await this.#trim(name, below - 1, signal);
    } catch (error) {
      this.#added.delete(name);
      throw error;
    }
  }

  async #trim(channel: string, through: number, signal: AbortSignal): Promise<void> {
    const { log, pace } = this.#options;
    for (let deleted = BATCH; deleted === BATCH && !signal.aborted; ) {
      await pace.turn();
      deleted = await log.trim(through, { channel, limit: BATCH });
    }
  }
}
