import type { Database } from "./database.ts";
import { type HistoryFilter, isUnread } from "./history_filter.ts";
import { createWays, type Direction, type Range, type Source, type Way, type Ways } from "./history_sources.ts";
import { createMarkReader, type MarkReader } from "./read_marks.ts";
import type { Statements } from "./statements.ts";

interface UnreadSearch {
  readonly user: string;
  readonly channels: readonly number[];
  readonly range: Range;
  readonly direction: Direction;
}

/** Finds the sources that together give all that may concern somebody, and little else. */
export class SourceFinder {
  readonly #statements: Statements;
  readonly #mark: MarkReader;
  readonly #ways: Readonly<Record<Direction, Ways>>;

  constructor(db: Database, statements: Statements) {
    this.#statements = statements;
    this.#mark = createMarkReader(db);
    this.#ways = { older: createWays(db, "older"), newer: createWays(db, "newer") };
  }

  /** The sources of a part of the log. */
  find(filter: HistoryFilter, range: Range, direction: Direction): Source[] {
    const { user, key, recipient, seesTargeted } = filter;
    const ways = this.#ways[direction];
    const channels = filter.channels ?? (this.#statements("SELECT id FROM channels").pluck().all() as number[]);
    if (key !== undefined) return ways.keyed(key)(channels, range);
    if (recipient !== undefined) return ways.addressed(recipient)(channels, range);
    const own = user === null ? [] : [ways.addressed(user)];
    const messages = seesTargeted ? [ways.all] : [ways.messages, ...own];
    if (isUnread(filter)) return this.#unread(messages, { user: filter.user, channels, range, direction });
    return [...messages, ...(seesTargeted ? [] : [ways.signals])].flatMap((way) => way(channels, range));
  }

  /** What a user has not read of some ways, which is no signal: up to the user's marks only exceptions to them. */
  #unread(messages: readonly Way[], { user, channels, range, direction }: UnreadSearch): Source[] {
    const mark = this.#mark(user);
    const lowest = channels.reduce((least, channel) => Math.min(least, mark(channel)), Number.POSITIVE_INFINITY);
    const unmarked = { first: Math.max(range.first, lowest + 1), last: range.last };
    const found = unmarked.first <= unmarked.last ? messages.flatMap((way) => way(channels, unmarked)) : [];
    return [
      ...found.flatMap((source) => above(source, mark(source.channel), direction)),
      ...this.#ways[direction].exceptions(user)(channels, range),
    ];
  }
}

/** A source without what stands up to an id; none when that is all it has. */
function above(source: Source, mark: number, direction: Direction): Source[] {
  const { bound } = source;
  if (direction === "older" && bound <= mark) return [];
  const next: Source["next"] = ({ first, last }, limit) => {
    const range = { first: Math.max(first, mark + 1), last };
    return range.first <= last ? source.next(range, limit) : [];
  };
  return [{ ...source, next, bound: direction === "older" ? bound : Math.max(bound, mark + 1) }];
}
