import type { EventLog, LogRecord, Lost } from "../../db/event_log.ts";
import { CursorError, formatCursor, parseCursor } from "../rules/cursor.ts";
import type { Gap, GapReason } from "../rules/stream_item.ts";
import { type Given, givenOf } from "./deliveries.ts";
import { type Filter, isAddressed, matches } from "./filter.ts";
import { Frame, joinFrames } from "./frame.ts";
import type { Ring } from "./ring.ts";
import type { Group } from "./round.ts";

/** A piece of the log for one reader, perhaps with something lost before it. */
export interface Page extends Given {
  readonly gap: Gap | null;
  /** Where its reader stands once it was told of the gap. */
  readonly start: number;
  /** For readers of a wire format: the notifications as they go to the socket; null when there are none. */
  readonly bytes: Buffer | null;
  /** For readers that encode for themselves. */
  readonly records: readonly LogRecord[];
  /** The reader has everything up to this id once it has the page. */
  readonly through: number;
  /** When the first of them expires, in unix ms; Infinity: none does. */
  readonly until: number;
  /** How many notifications had been removed when it was read. */
  readonly removals: number;
}

/** Where a reader starts, with what it cannot be given. */
export interface Start {
  readonly cursor: number;
  readonly gap: Gap | null;
}

/** Between which positions something is lost; ids but for `after`, the reader's own cursor. */
interface GapBounds {
  readonly after: string;
  readonly resumed: number;
  readonly oldest: number;
  readonly trimmed?: number;
}

/** A piece of the log, before it is seen through one reader's eyes. */
interface Piece {
  readonly records: readonly LogRecord[];
  readonly through: number;
  readonly lost: Lost | null;
}

/** Most notifications in a page. */
const LIMIT = 256;
/** Most characters of JSON in a page, but for a single notification that has more. */
const MAX_SIZE = 256 * 1024;
/** Pages kept for the next reader that asks for the same: thousands that come back at once were cut at the same place. */
const REMEMBERED = 32;

/** Reads for readers that are behind: from the ring where it reaches, else from the log. */
export class Pages {
  readonly #log: EventLog;
  readonly #ring: Ring;
  readonly #now: () => number;
  readonly #recent = new Map<string, Page>();
  /** How many notifications of late fill a page. */
  #limit = LIMIT;
  #removals = 0;

  /** @param now unix ms: what expired before is in no page. */
  constructor(log: EventLog, ring: Ring, now: () => number) {
    this.#log = log;
    this.#ring = ring;
    this.#now = now;
  }

  /** Where a reader starts that comes with a cursor, or without one: at the head. @throws {CursorError} for no cursor. */
  start(after: string | undefined): Start {
    const head = this.#log.head();
    if (after === undefined) return { cursor: head, gap: null };
    const position = parseCursor(after);
    if (!position) throw new CursorError(`Cannot resume: "${after}" is no cursor`);
    const isForeign = position.epoch !== null && position.epoch !== this.#log.epoch;
    if (!isForeign && position.id <= head) return { cursor: position.id, gap: null };
    const gap = this.#gap(isForeign ? "epoch" : "ahead", { after, resumed: head, oldest: this.#log.oldest() });
    return { cursor: head, gap };
  }

  /** What follows an id, for a reader of a group. */
  async after(id: number, filter: Filter, group: Group): Promise<Page> {
    const key = `${id} ${group.key}`;
    const known = this.#recent.get(key);
    if (known && this.isCurrent(known)) return known;
    const now = this.#now();
    const piece = await this.#read(id, filter);
    const { through } = piece;
    const wanted: LogRecord[] = [];
    let until = Number.POSITIVE_INFINITY;
    let isForAll = true;
    for (const record of piece.records) {
      if (!matches(filter, record) || isOver(record, now)) continue;
      if (record.recipients) isForAll = false;
      if (!isAddressed(filter, record)) continue;
      wanted.push(record);
      if (record.expiresAt !== undefined) until = Math.min(until, record.expiresAt);
    }
    const given = givenOf(wanted);
    const page = { ...this.#begin(id, piece), ...given, through, until, removals: this.#removals };
    if (!group.wire) return { ...page, bytes: null, records: wanted };
    // Only bytes are remembered: texts that live on cost more to collect than to make.
    const bytes = given.count > 0 ? joinFrames(toFrames(wanted, this.#log.epoch), group.wire) : null;
    const shared = { ...page, bytes, records: [] };
    // What is addressed to some is no page for others.
    if (isForAll) this.#remember(key, shared);
    return shared;
  }

  /** Whether everything in a page may still be given: nothing of it was removed, and nothing has expired. */
  isCurrent({ until, removals }: Pick<Page, "until" | "removals">): boolean {
    return removals === this.#removals && this.#now() < until;
  }

  /** A page with nothing in it, for a reader that has everything up to an id. */
  empty(through: number): Page {
    const rest = { until: Number.POSITIVE_INFINITY, removals: this.#removals };
    return { gap: null, start: through, count: 0, asking: [], shares: [], bytes: null, records: [], through, ...rest };
  }

  /** Lets go of what is remembered. */
  forget(): void {
    this.#recent.clear();
  }

  /** Lets go of notifications that nobody may be given any more, also in the pages that readers have in hand. */
  remove(ids: readonly number[]): void {
    for (const id of ids) this.#ring.remove(id);
    this.#removals += 1;
    this.forget();
  }

  #remember(key: string, page: Page): void {
    if (this.#recent.size >= REMEMBERED) this.#recent.clear();
    this.#recent.set(key, page);
  }

  async #read(id: number, { channels }: Filter): Promise<Piece> {
    const only = channels ?? undefined;
    // Where something of these channels is lost, the log knows what.
    if (this.#ring.covers(id) && this.#log.trimmed(only) <= id) {
      const records = this.#cut(this.#ring.after(id, this.#limit));
      return { lost: null, records, through: records.at(-1)?.id ?? this.#log.head() };
    }
    const page = await this.#log.read(id, { limit: this.#limit, channels: only });
    const records = this.#cut(page.records);
    const through = records.length < page.records.length ? (records.at(-1)?.id ?? id) : page.through;
    return { lost: page.lost, records, through };
  }

  /** Where a piece begins for a reader that has everything up to an id, and what it cannot be given. */
  #begin(id: number, { lost, records, through }: Piece): Pick<Page, "gap" | "start"> {
    if (!lost) return { gap: null, start: id };
    const next = records[0]?.id ?? through + 1;
    const start = Math.max(id, Math.min(next - 1, lost.through));
    const after = formatCursor(this.#log.epoch, id);
    const bounds = { after, resumed: start, oldest: lost.oldest, trimmed: lost.through };
    return { gap: this.#gap("trimmed", bounds), start };
  }

  /** Keeps pages small, also where notifications are large. */
  #cut(records: readonly LogRecord[]): readonly LogRecord[] {
    let size = 0;
    let count = 0;
    for (const { json } of records) {
      size += json.length;
      if (size > MAX_SIZE && count > 0) break;
      count += 1;
    }
    if (count > 0) this.#limit = Math.max(1, Math.min(LIMIT, Math.ceil((MAX_SIZE * count) / size)));
    return records.slice(0, count);
  }

  #gap(reason: GapReason, { resumed, ...bounds }: GapBounds): Gap {
    const { epoch } = this.#log;
    const { after, oldest, ...rest } = bounds;
    return {
      event: "gap",
      reason,
      after,
      resumed: formatCursor(epoch, resumed),
      oldest,
      head: this.#log.head(),
      ...rest,
    };
  }
}

/** Whether a notification's time is over at `now`. */
function isOver({ expiresAt }: LogRecord, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function toFrames(records: readonly LogRecord[], epoch: string): Frame[] {
  return records.map((record) => new Frame(record, epoch));
}
