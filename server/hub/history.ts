import type { Database } from "../../db/database.ts";
import { type HistoryMatch, HistoryReader, type HistoryRow } from "../../db/history.ts";
import type { Direction, Range, Search } from "../../db/history_plan.ts";
import { readHead, readOldest } from "../../db/notifications.ts";
import { parseQuestion } from "../../db/words.ts";
import { CursorError, formatCursor, parseCursor } from "../rules/cursor.ts";
import type { HistoryInput, LatestInput, ListInput, PageEnds } from "../rules/history.ts";
import type { Notification } from "../rules/notification.ts";
import type { Sight } from "../rules/sight.ts";
import { toHistoryFilter } from "./history_filter.ts";
import { findLatest } from "./latest.ts";
import { TimeSlice } from "./time_slice.ts";

/** A page of history, the newest first: each row's JSON is the notification as it is sent. */
export interface HistoryRows extends PageEnds {
  readonly rows: readonly HistoryRow[];
}

/** The newest of each key, the newest first; `next` is the last key of them, null where none follows that the reader may see. */
export interface LatestRows {
  readonly rows: readonly HistoryRow[];
  readonly next: string | null;
}

/** How far the full-text index is. */
export interface TextIndex {
  /** Everything up to this id is in it. */
  readonly through: number;
  /** Resolves once it has come to an id, or does not come there soon. */
  reach(id: number): Promise<void>;
}

/** What the history is read from; `now` is unix ms. */
export interface HistoryOptions {
  readonly db: Database;
  readonly index: TextIndex;
  readonly now: () => number;
}

/** A page ends before it holds more JSON than this, in bytes, however many notifications were asked for. */
const PAGE_BYTES = 1024 * 1024;

/** Reads what the log has kept, for the eyes of somebody. Where that takes long, others have their turns in between. */
export class History {
  readonly #options: HistoryOptions;
  readonly #reader: HistoryReader;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#reader = new HistoryReader(options.db);
  }

  /** Id of the newest notification. */
  get head(): number {
    return readHead(this.#options.db);
  }

  /**
   * One page: at most `limit` notifications, fewer where they are large.
   *
   * @throws {CursorError} when the cursor is of another database.
   * @throws {DOMException} an AbortError once the signal aborts.
   */
  async page(input: ListInput, sight: Sight, signal?: AbortSignal): Promise<HistoryRows> {
    const { direction, limit } = input;
    const position = this.#position(input.cursor);
    const index = await this.#reachIndex(input);
    const search = this.#search(input, sight);
    const range = search && beyond(search.range, position, direction);
    const found = search && range ? await this.#find({ ...search, range, direction }, limit, signal) : [];
    const fitting = found.slice(0, countFitting(found, limit)).map(({ id }) => id);
    const hasMore = fitting.length < found.length;
    return {
      rows: this.#reader.read(fitting, sight.user),
      ...this.#ends(fitting, { direction, position, hasMore }),
      ...index,
    };
  }

  /** How many there are. @throws {DOMException} an AbortError once the signal aborts. */
  async count(input: HistoryInput, sight: Sight, signal?: AbortSignal): Promise<number> {
    await this.#reachIndex(input);
    const search = this.#search(input, sight);
    const slice = new TimeSlice(signal);
    let count = 0;
    for (const stretch of search ? this.#reader.countable(search) : []) {
      if (search) count += this.#reader.count(search.filter, stretch);
      await slice.pause();
    }
    return count;
  }

  /** The newest of each key of a channel. @throws {DOMException} an AbortError once the signal aborts. */
  async latest({ channel, key, after, limit }: LatestInput, sight: Sight, signal?: AbortSignal): Promise<LatestRows> {
    const { now } = this.#options;
    const [id] = this.#reader.channelIds(new Set([channel]));
    if (id === undefined) return { rows: [], next: null };
    const filter = toHistoryFilter({}, { ...sight, channels: null }, { reader: this.#reader, now: now() });
    const range = { first: 1, last: this.head };
    const found = await findLatest(
      this.#reader,
      { filter, channel: id, range, key, after: after ?? "", limit },
      signal,
    );
    return { rows: this.#reader.read(found.ids, sight.user), next: found.next };
  }

  /** One notification; undefined when there is none with this id for these eyes. */
  get(id: number, sight: Sight): (HistoryRow & { readonly channel: string }) | undefined {
    const filter = toHistoryFilter({}, sight, { reader: this.#reader, now: this.#options.now() });
    const [found] = this.#reader.match(filter, { first: id, last: id }, { direction: "older", limit: 1 });
    const [row] = found ? this.#reader.read([id], sight.user) : [];
    return row && { ...row, channel: (JSON.parse(row.json) as Notification).channel };
  }

  /** What matches, in the direction of the search: more than `limit`, or than a page holds, where there is more. */
  async #find(search: Search, limit: number, signal: AbortSignal | undefined): Promise<HistoryMatch[]> {
    const { filter, direction } = search;
    const slice = new TimeSlice(signal);
    const found: HistoryMatch[] = [];
    for (const stretch of this.#reader.stretches(search)) {
      found.push(...this.#reader.match(filter, stretch, { direction, limit: limit + 1 - found.length }));
      if (countFitting(found, limit) < found.length) break;
      await slice.pause();
    }
    return found;
  }

  /** What to look for and where; null: it is a text without a word, which nothing holds. */
  #search(input: HistoryInput, sight: Sight): Omit<Search, "direction"> | null {
    const { now } = this.#options;
    const question = input.text === undefined ? undefined : parseQuestion(input.text);
    if (question === null) return null;
    const filter = toHistoryFilter(input, sight, { reader: this.#reader, now: now() });
    return { filter, question, range: this.#reader.published({ first: 1, last: this.head }, input) };
  }

  async #reachIndex({ text }: HistoryInput): Promise<Pick<PageEnds, "indexed" | "head">> {
    if (text === undefined) return {};
    const { index } = this.#options;
    const { head } = this;
    await index.reach(head);
    return { indexed: index.through, head };
  }

  #position(cursor: string | null | undefined): number | null {
    const position = cursor ? parseCursor(cursor) : undefined;
    if (!position) return null;
    const { epoch } = this.#options.db;
    if (position.epoch === null || position.epoch === epoch) return position.id;
    throw new CursorError(`Cannot list: the cursor ${cursor} is of another database; begin without one`);
  }

  #ends(ids: readonly number[], { direction, position, hasMore }: PageState): PageEnds {
    const { db } = this.#options;
    const cursor = (id: number) => formatCursor(db.epoch, id);
    const [one, other] = [ids[0], ids.at(-1)];
    if (direction === "older") {
      const next = hasMore && other !== undefined ? cursor(other) : null;
      return { next, previous: position === null ? null : cursor(one ?? Math.max(0, position - 1)) };
    }
    const oldest = readOldest(db) ?? Number.POSITIVE_INFINITY;
    const isFirst = (position ?? 0) < oldest;
    return {
      next: isFirst ? null : cursor(one ?? (position ?? 0) + 1),
      previous: hasMore && other !== undefined ? cursor(other) : null,
    };
  }
}

interface PageState {
  readonly direction: Direction;
  readonly position: number | null;
  readonly hasMore: boolean;
}

/** The part of a range beyond a position; without one, all of it. */
function beyond(range: Range, position: number | null, direction: Direction): Range {
  if (position === null) return range;
  if (direction === "older") return { ...range, last: Math.min(range.last, position - 1) };
  return { ...range, first: Math.max(range.first, position + 1) };
}

/** How many of these, from the first on, make a page; never none. */
function countFitting(found: readonly HistoryMatch[], limit: number): number {
  let bytes = 0;
  const end = found.findIndex((match, index) => {
    bytes += match.bytes;
    return index === limit || (index > 0 && bytes > PAGE_BYTES);
  });
  return end < 0 ? found.length : end;
}
