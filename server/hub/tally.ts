import type { LogRecord } from "../../db/event_log.ts";
import { type Delivered, HOUR } from "../../db/usage.ts";
import type { Writer } from "../../db/writer.ts";

/** How many notifications of one channel and type are among what a reader is given. */
export interface Share {
  readonly channel: string;
  readonly type: string;
  count: number;
  /** Where they are counted, once they are. */
  counter?: Counter;
}

interface Counter {
  count: number;
  /** Whether it is still to be stored. */
  isOpen: boolean;
}

/** The shares of some records; those that tell of a removal are none. */
export function sharesOf(records: Iterable<LogRecord>): readonly Share[] {
  const shares: Share[] = [];
  let last: Share | undefined;
  for (const { channel, type, event } of records) {
    if (event === "removed") continue;
    if (last?.channel !== channel || last.type !== type) {
      last = shares.find((share) => share.channel === channel && share.type === type) ?? { channel, type, count: 0 };
      if (last.count === 0) shares.push(last);
    }
    last.count += 1;
  }
  return shares;
}

/** What a tally needs. */
export interface TallyOptions {
  readonly writer: Pick<Writer, "execute">;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** How often counts are stored, in ms: so much is lost when the process is killed. */
const EVERY = 5_000;
/** How long hours are kept: 400 days. */
const KEPT_HOURS = 400 * 24;

/** Counts deliveries by channel and type, in memory, and has them stored every few seconds. */
export class Tally implements AsyncDisposable {
  readonly #options: TallyOptions;
  readonly #timer: NodeJS.Timeout;
  #counters = new Map<string, Map<string, Counter>>();
  #storing: Promise<void> | undefined;
  /** The hour in which it was stored last. */
  #hour = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), EVERY).unref();
  }

  /** These were written to a stream. */
  readonly count = (shares: readonly Share[]): void => {
    for (const share of shares) {
      // The same shares are given to many readers: where they are counted is looked up once.
      if (!share.counter?.isOpen) share.counter = this.#counterOf(share);
      share.counter.count += share.count;
    }
  };

  /** Stores what is counted. */
  async store(): Promise<void> {
    const { writer, now, onError } = this.#options;
    this.#hour = Math.floor(now() / HOUR);
    const counters = this.#counters;
    this.#counters = new Map();
    const delivered: Delivered[] = [];
    for (const [channel, types] of counters) {
      for (const [type, counter] of types) {
        counter.isOpen = false;
        delivered.push({ hour: this.#hour, channel, type, count: counter.count });
      }
    }
    try {
      const input = { delivered, forgetBefore: this.#hour - KEPT_HOURS };
      await writer.execute({ kind: "usage.addDelivered", input });
    } catch (error) {
      onError(error);
      for (const share of delivered) this.count([{ ...share }]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#storing;
    if (this.#counters.size > 0) await this.store();
  }

  #tick(): void {
    const isDue = this.#counters.size > 0 || Math.floor(this.#options.now() / HOUR) > this.#hour;
    if (this.#storing || !isDue) return;
    this.#storing = this.store().finally(() => {
      this.#storing = undefined;
    });
  }

  #counterOf({ channel, type }: Share): Counter {
    const types = this.#counters.get(channel) ?? new Map<string, Counter>();
    const counter = types.get(type) ?? { count: 0, isOpen: true };
    this.#counters.set(channel, types.set(type, counter));
    return counter;
  }
}
