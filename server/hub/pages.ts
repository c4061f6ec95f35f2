import type { EventLog, LogRecord } from "../../db/event_log.ts";
import { CursorError, formatCursor, parseCursor } from "../rules/cursor.ts";
import type { Gap, GapReason } from "../rules/stream_item.ts";
import { type Filter, isAddressed, matches } from "./filter.ts";
import { Frame, joinFrames } from "./frame.ts";
import type { Ring } from "./ring.ts";
import type { Group } from "./round.ts";

/** A piece of the log for one reader, perhaps with something lost before it. */
export interface Page {
  readonly gap: Gap | null;
  /** Number of notifications. */
  readonly count: number;
  /** For readers of a wire format: the notifications as they go to the socket; null when there are none. */
  readonly bytes: Buffer | null;
  /** For readers that encode for themselves. */
  readonly records: readonly LogRecord[];
  /** The reader has everything up to this id once it has the page. */
  readonly through: number;
}

/** A page with nothing in it, for a reader that has everything up to an id. */
export function emptyPage(through: number): Page {
  return { gap: null, count: 0, bytes: null, records: [], through };
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
  readonly #recent = new Map<string, Page>();
  /** How many notifications of late fill a page. */
  #limit = LIMIT;

  constructor(log: EventLog, ring: Ring) {
    this.#log = log;
    this.#ring = ring;
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
    if (known) return known;
    const { gap, records, through } = await this.#read(id, filter);
    const matching = records.filter((record) => matches(filter, record));
    const wanted = matching.filter((record) => isAddressed(filter, record));
    const count = wanted.length;
    if (!group.wire) return { gap, count, bytes: null, records: wanted, through };
    // Only bytes are remembered: texts that live on cost more to collect than to make.
    const bytes = count > 0 ? joinFrames(toFrames(wanted, this.#log.epoch), group.wire) : null;
    const page = { gap, count, bytes, records: [], through };
    // What is addressed to some is no page for others.
    if (matching.every(({ recipients }) => !recipients)) this.#remember(key, page);
    return page;
  }

  /** Lets go of what is remembered. */
  forget(): void {
    this.#recent.clear();
  }

  #remember(key: string, page: Page): void {
    if (this.#recent.size >= REMEMBERED) this.#recent.clear();
    this.#recent.set(key, page);
  }

  async #read(id: number, { channels }: Filter): Promise<Omit<Page, "bytes" | "count">> {
    if (this.#ring.covers(id)) {
      const records = this.#cut(this.#ring.after(id, this.#limit));
      return { gap: null, records, through: records.at(-1)?.id ?? this.#log.head() };
    }
    const page = await this.#log.read(id, { limit: this.#limit, channels: channels ?? undefined });
    const records = this.#cut(page.records);
    const through = records.length < page.records.length ? (records.at(-1)?.id ?? id) : page.through;
    const { oldest } = page;
    const after = formatCursor(this.#log.epoch, id);
    const gap = id < oldest - 1 ? this.#gap("trimmed", { after, resumed: oldest - 1, oldest }) : null;
    return { gap, records, through };
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

  #gap(reason: GapReason, { after, resumed, oldest }: GapBounds): Gap {
    const { epoch } = this.#log;
    return { event: "gap", reason, after, resumed: formatCursor(epoch, resumed), oldest, head: this.#log.head() };
  }
}

function toFrames(records: readonly LogRecord[], epoch: string): Frame[] {
  return records.map((record) => new Frame(record, epoch));
}
