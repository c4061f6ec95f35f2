import { setImmediate } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import type { EventLog, LogRecord } from "../../db/event_log.ts";
import { countBelow, findDeletable, type LimitedChannel, listLimitedChannels } from "../../db/retention.ts";
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

/** Index entries that are counted in one turn of the event loop: a quarter of a millisecond. */
const WALK = 5_000;
/** How often ages are looked at, in ms. */
const AGE_EVERY = 60_000;
/** A channel is counted again once this part of its limit has come in. */
const SLACK = 0.01;
const DAY = 86_400_000;

/** What a channel keeps no longer: what came before a time (unix ms), and everything up to an id. */
interface Due {
  readonly channel: LimitedChannel;
  readonly before: number;
  readonly through: number;
}

/** Deletes what channels keep no longer, the oldest first, in small batches, one of each channel in turn. */
export class Retention implements Disposable {
  readonly #options: RetentionOptions;
  readonly #subscriptions: readonly Disposable[];
  /** Null: to be read anew. */
  #channels: readonly LimitedChannel[] | null = null;
  /** What is to be deleted, by channel. A change of the channel's rule takes it out at once. */
  readonly #due = new Map<string, Due>();
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

  /** Deletes a batch of each channel where something is due; answers whether there may be more. */
  async sweep(signal: AbortSignal): Promise<boolean> {
    await this.#look(signal);
    for (const due of [...this.#due.values()]) {
      if (signal.aborted) return false;
      const { name } = due.channel;
      const isOn = () => this.#due.get(name) === due;
      if (isOn() && !(await this.#trim(due, signal)) && isOn()) this.#due.delete(name);
      await setImmediate();
    }
    return this.#due.size > 0;
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
      this.#due.delete(command.input.name);
      this.#added.delete(command.input.name);
      this.#lookedAt = Number.NEGATIVE_INFINITY;
    }
  }

  /** Notes what is due now. */
  async #look(signal: AbortSignal): Promise<void> {
    const now = this.#options.now();
    const passed = now - this.#lookedAt;
    // The clock may have been put back.
    const isTime = passed < 0 || passed >= AGE_EVERY;
    if (isTime) this.#lookedAt = now;
    this.#channels ??= listLimitedChannels(this.#options.db);
    const channels = this.#channels;
    for (const channel of channels) {
      const { before, through } = this.#due.get(channel.name) ?? { before: Number.NEGATIVE_INFINITY, through: 0 };
      const aged = isTime && channel.days !== null ? now - channel.days * DAY : before;
      const surplus = this.#hasGrown(channel, isTime) ? await this.#findSurplus(channel) : through;
      if (signal.aborted || this.#channels !== channels) {
        // The rules have changed meanwhile: they are looked at anew.
        this.#added.delete(channel.name);
        return;
      }
      if (aged > before || surplus > through) this.#due.set(channel.name, { channel, before: aged, through: surplus });
    }
  }

  #hasGrown({ name, count }: LimitedChannel, isTime: boolean): boolean {
    if (count === null) return false;
    const added = this.#added.get(name) ?? Number.POSITIVE_INFINITY;
    return added >= Math.max(1, count * SLACK) || (isTime && added > 0);
  }

  /** Walks back over as many as are kept, to the id before them. What comes in meanwhile is counted next time. */
  async #findSurplus({ id, name, count }: LimitedChannel): Promise<number> {
    this.#added.set(name, 0);
    let kept = count ?? 0;
    let below = Number.MAX_SAFE_INTEGER;
    try {
      while (kept > 0) {
        const limit = Math.min(kept, WALK);
        const found = countBelow(this.#options.db, id, { below, limit });
        if (found.count < limit) return 0;
        kept -= limit;
        below = found.oldest;
        await setImmediate();
      }
      return below - 1;
    } catch (error) {
      this.#added.delete(name);
      throw error;
    }
  }

  /** Deletes the next batch; answers whether there was one. */
  async #trim({ channel, ...limits }: Due, signal: AbortSignal): Promise<boolean> {
    const { db, writer, pace } = this.#options;
    const { id, name, days, count } = channel;
    const through = findDeletable(db, id, limits);
    if (through === 0) return false;
    const input = { through, channel: name, rule: { days, count } };
    const step = await pace.step(() => writer.execute({ kind: "notification.trim", input }), signal);
    return step.count > 0;
  }
}
