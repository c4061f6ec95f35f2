import type { LogRecord } from "../../db/event_log.ts";

/** How much the ring holds. */
export interface RingOptions {
  /** Most notifications. Default: 16,384. */
  readonly capacity?: number;
  /** Most characters of JSON, about its bytes. Default: 32 Mi. */
  readonly maxSize?: number;
}

/** The newest notifications, in memory, in order of id: what most readers that resume need. */
export class Ring {
  readonly #capacity: number;
  readonly #maxSize: number;
  #records: LogRecord[] = [];
  /** Index in #records of the oldest record held; what is before it is let go in bulk. */
  #start = 0;
  #size = 0;
  /** Everything after this id is held. */
  #floor: number;

  /** Starts empty, at the head of the log. */
  constructor(head: number, options: RingOptions = {}) {
    this.#floor = head;
    this.#capacity = options.capacity ?? 16_384;
    this.#maxSize = options.maxSize ?? 32 * 1024 * 1024;
  }

  /** Adds the next notification; lets the oldest go when it is full. */
  push(record: LogRecord): void {
    this.#records.push(record);
    this.#size += record.json.length;
    while (this.#records.length - this.#start > this.#capacity || this.#size > this.#maxSize) this.#shift();
    if (this.#start > this.#capacity) {
      this.#records = this.#records.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Whether everything after an id is held. */
  covers(after: number): boolean {
    return after >= this.#floor;
  }

  /** The records after an id, at most `limit`; only for ids that it {@linkcode covers}. */
  after(id: number, limit: number): readonly LogRecord[] {
    const from = this.#indexAfter(id);
    return this.#records.slice(from, from + limit);
  }

  /** Lets go of one that nobody may be given any more. */
  remove(id: number): void {
    const index = this.#indexAfter(id - 1);
    const record = this.#records[index];
    if (record?.id !== id) return;
    this.#records.splice(index, 1);
    this.#size -= record.json.length;
  }

  #shift(): void {
    const oldest = this.#records[this.#start];
    if (!oldest) return;
    this.#floor = oldest.id;
    this.#size -= oldest.json.length;
    (this.#records as (LogRecord | undefined)[])[this.#start] = undefined;
    this.#start += 1;
  }

  #indexAfter(id: number): number {
    let low = this.#start;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.id ?? 0) > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
