import type { EventLog, LogRecord } from "../../db/event_log.ts";
import { formatCursor, parseCursor } from "../rules/cursor.ts";
import type { Draft } from "../rules/draft.ts";
import { encodeDraft } from "../rules/notification.ts";
import type { Gap, GapReason } from "../rules/stream_item.ts";
import { Fanout } from "./fanout.ts";
import { type Filter, isAddressed, matches } from "./filter.ts";
import { Frame } from "./frame.ts";
import { Meter } from "./meter.ts";
import { type Page, Reader, type ReaderHome } from "./reader.ts";
import { Ring, type RingOptions } from "./ring.ts";
import { Turns } from "./turns.ts";
import { Wheel } from "./wheel.ts";

/** What a hub needs. */
export interface HubOptions {
  readonly log: EventLog;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of faults that no caller waits for. */
  readonly onError: (error: unknown) => void;
  /** Time between heartbeats, in ms. Default: 30,000. */
  readonly heartbeat?: number;
  /** How long a reader may take nothing before it is closed, in ms. Default: 60,000. */
  readonly patience?: number;
  readonly ring?: RingOptions;
}

/** How to follow the hub. */
export interface OpenOptions {
  readonly filter: Filter;
  /** Where to resume, a cursor; absent: at the head. */
  readonly after?: string | undefined;
}

/** Readers by what they are doing now. */
export interface ReaderCounts {
  readonly open: number;
  readonly live: number;
  /** Behind the head and reading on. */
  readonly catchingUp: number;
  /** Waiting for their sockets to take more. */
  readonly stalled: number;
}

/** Most notifications that a reader takes from the ring in one turn. */
const PAGE = 256;

/** Takes drafts in, hands notifications out. */
export class Hub implements Disposable {
  readonly meter = new Meter();
  readonly #log: EventLog;
  readonly #now: () => number;
  readonly #ring: Ring;
  readonly #fanout = new Fanout();
  readonly #wheel: Wheel<Reader>;
  readonly #home: ReaderHome;
  readonly #subscription: Disposable;
  #serial = 0;
  #closed = false;

  constructor({ log, now, onError, heartbeat = 30_000, patience = 60_000, ring }: HubOptions) {
    this.#log = log;
    this.#now = now;
    this.#ring = new Ring(log.head(), ring);
    this.#wheel = new Wheel(heartbeat, (reader) => reader.beat(patience));
    this.#home = this.#makeHome(onError);
    this.#subscription = log.onCommit((records) => this.#announce(records));
  }

  /** Id of the newest committed notification. */
  get head(): number {
    return this.#log.head();
  }

  /** Commits a draft and answers with what was stored. @throws {NotFoundError} when its channel does not exist. */
  publish(draft: Draft, sender: string): Promise<LogRecord> {
    return this.#log.append(encodeDraft(draft, { sender, createdAt: this.#now() }));
  }

  /**
   * Opens a reader.
   *
   * @throws {RangeError} when `after` is no cursor.
   */
  open({ filter, after }: OpenOptions): Reader {
    const serial = ++this.#serial;
    const { cursor, gap } = this.#start(after);
    return new Reader(this.#home, {
      serial,
      filter,
      cursor,
      gap,
      connected: {
        event: "connected",
        clientId: `${serial.toString(36)}-${Math.random().toString(36).slice(2, 10)}`,
        head: this.#log.head(),
        epoch: this.#log.epoch,
        timestamp: new Date(this.#now()).toISOString(),
      },
    });
  }

  /** Counts the readers by state: a walk over all of them, for statistics. */
  countReaders(): ReaderCounts {
    let live = 0;
    let stalled = 0;
    for (const reader of this.#wheel) {
      if (reader.isStalled) stalled += 1;
      else if (reader.state === "live") live += 1;
    }
    const open = this.#wheel.size;
    return { open, live, catchingUp: open - live - stalled, stalled };
  }

  /** Ends every stream; their clients come back to the next server. New readers end at once. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#subscription[Symbol.dispose]();
    this.#wheel[Symbol.dispose]();
    for (const reader of [...this.#wheel]) reader.close("shutdown");
  }

  #announce(records: readonly LogRecord[]): void {
    this.meter.published += records.length;
    const frames = records.map((record) => new Frame(record, this.#log.epoch));
    for (const frame of frames) this.#ring.push(frame);
    this.#fanout.add(frames);
  }

  #start(after: string | undefined): { cursor: number; gap: Gap | null } {
    const head = this.#log.head();
    if (after === undefined) return { cursor: head, gap: null };
    const position = parseCursor(after);
    if (!position) throw new RangeError(`Cannot resume: "${after}" is no cursor`);
    if (position.epoch !== null && position.epoch !== this.#log.epoch) {
      return { cursor: head, gap: this.#gap("epoch", after, head) };
    }
    if (position.id > head) return { cursor: head, gap: this.#gap("ahead", after, head) };
    return { cursor: position.id, gap: null };
  }

  #gap(reason: GapReason, after: string, resumed: number): Gap {
    const { epoch } = this.#log;
    this.meter.gaps += 1;
    return {
      event: "gap",
      reason,
      after,
      resumed: formatCursor(epoch, resumed),
      oldest: this.#log.oldest(),
      head: this.#log.head(),
    };
  }

  async #page(after: number, filter: Filter): Promise<Page> {
    const floor = this.#log.oldest() - 1;
    const gap = after < floor ? this.#gap("trimmed", formatCursor(this.#log.epoch, after), floor) : null;
    const start = Math.max(after, floor);
    const isWanted = ({ record }: Frame) => matches(filter, record) && isAddressed(filter, record);
    if (this.#ring.covers(start)) {
      const frames = this.#ring.after(start, PAGE);
      return { gap, frames: frames.filter(isWanted), through: frames.at(-1)?.record.id ?? this.#log.head() };
    }
    const { records, through } = await this.#log.read(start, { channels: filter.channels ?? undefined });
    const frames = records.map((record) => new Frame(record, this.#log.epoch));
    return { gap, frames: frames.filter(isWanted), through };
  }

  #makeHome(onError: (error: unknown) => void): ReaderHome {
    const turns = new Turns();
    return {
      epoch: this.#log.epoch,
      onError,
      head: () => this.#log.head(),
      turn: () => turns.take(),
      page: (after, filter) => this.#page(after, filter),
      enter: (reader, wire) => {
        this.#wheel.add(reader);
        this.meter.opened += 1;
        if (this.#closed) queueMicrotask(() => reader.close("shutdown"));
        return this.#fanout.enter(reader.filter, wire);
      },
      exit: (reader, group, reason) => {
        this.#wheel.remove(reader);
        this.meter.closed[reason] += 1;
        this.#fanout.exit(group);
      },
      join: (group, reader) => this.#fanout.join(group, reader),
      leave: (group, reader) => this.#fanout.leave(group, reader),
      delivered: (count, replayed) => {
        this.meter.deliveries += count;
        if (replayed) this.meter.replayed += count;
      },
    };
  }
}
