import type { Delivered } from "../../db/deliveries.ts";
import type { LogRecord } from "../../db/event_log.ts";
import type { Writer } from "../../db/writer.ts";
import { type Share, sharesOf } from "./tally.ts";

/** What a reader was given at once. */
export interface Given {
  /** Number of notifications. */
  readonly count: number;
  /** Ids of those that ask for acknowledgement; hardly ever any. */
  readonly asking: readonly number[];
  /** How many of each channel and type, without those that are not in the log. */
  readonly shares: readonly Share[];
}

/** Shared, so that what asks for nothing costs nothing. */
const NONE: readonly number[] = [];

/** Something that is not in the log. */
export const ONE: Given = { count: 1, asking: NONE, shares: [] };

/** Ids of the records that ask for acknowledgement. */
export function askingOf(records: readonly LogRecord[]): readonly number[] {
  return records.some(({ asksAck }) => asksAck) ? records.filter(({ asksAck }) => asksAck).map(({ id }) => id) : NONE;
}

/** Records of the log, as what a reader is given. */
export function givenOf(records: readonly LogRecord[]): Given {
  return { count: records.length, asking: askingOf(records), shares: sharesOf(records) };
}

/** What noting deliveries needs. */
export interface DeliveriesOptions {
  readonly writer: Pick<Writer, "execute">;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Shortest time between two commands, in ms, and most deliveries in one. */
const EVERY = 1_000;
const BATCH = 1_000;
/** Most deliveries that wait; what comes beyond is not noted. */
const MOST = 100_000;

/** Notes to whose live streams notifications that ask for acknowledgement were written, behind the publishing path. */
export class Deliveries implements AsyncDisposable {
  readonly #options: DeliveriesOptions;
  /** Times in unix ms, by notification and user. */
  readonly #waiting = new Map<number, Map<string, number>>();
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<unknown> | null = null;
  #closed = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** These were written to a stream of a user's. */
  note(user: string, ids: readonly number[]): void {
    const at = this.#options.now();
    for (const id of ids) {
      const users = this.#waiting.get(id) ?? new Map<string, number>();
      if (users.has(user) || this.#size >= MOST) continue;
      this.#waiting.set(id, users.set(user, at));
      this.#size += 1;
    }
    this.#arm();
  }

  /** Stores what waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#flushing;
    while (this.#size > 0 && (await this.#flush()));
  }

  #arm(): void {
    if (this.#closed || this.#size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#flushing = this.#flush().then(() => {
        this.#timer = undefined;
        this.#arm();
      });
    }, EVERY).unref();
  }

  /** Stores some of what waits; false when that failed. */
  async #flush(): Promise<boolean> {
    const delivered = this.#take();
    try {
      await this.#options.writer.execute({ kind: "notification.deliver", input: { delivered } });
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  #take(): Delivered[] {
    const taken: Delivered[] = [];
    for (const [id, users] of this.#waiting) {
      for (const [user, at] of users) {
        if (taken.length === BATCH) return taken;
        taken.push([id, user, at]);
        users.delete(user);
        this.#size -= 1;
      }
      this.#waiting.delete(id);
    }
    return taken;
  }
}
