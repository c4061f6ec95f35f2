import type { Database } from "./database.ts";
import { type HistoryFilter, toCondition } from "./history_filter.ts";
import { createWays, type Direction, type Range, type Source, type Ways } from "./history_sources.ts";
import { MergeWalk } from "./history_walk.ts";
import { createMarkReader, type MarkReader } from "./read_marks.ts";
import { createIndexSearch, type IndexSearch, withinScope } from "./search.ts";
import type { Statements } from "./statements.ts";
import { type Phrase, type Question, toMatch, widen } from "./words.ts";

export type { Direction, Range } from "./history_sources.ts";

/** Where to look: a part of the log, or only these ids of it, in order. */
export interface Stretch extends Range {
  readonly ids?: readonly number[];
  /** What the full-text index was asked with a shorter word for, and each row is still to be asked. */
  readonly open?: Phrase;
}

/** What to look for, and in which part of the log. */
export interface Search {
  readonly filter: HistoryFilter;
  readonly range: Range;
  readonly direction: Direction;
  /** Words of title and message; absent: any. */
  readonly question?: Question | undefined;
}

interface TextSearch extends Search {
  readonly question: Question;
}

/** Most rows of a stretch, looked through in sequence, picked one by one, or read in full: some milliseconds. */
const ROWS = { inSequence: 4_096, picked: 1_024, read: 64 };
/** A first look goes through so many rows in sequence: most filters that match much have their page then. */
const FIRST_LOOK = 256;
/** How many are picked first: about a page. */
const FIRST_PICK = 64;
/** Beyond so many channels the first look is the cheaper one; beyond so many the full-text index is not asked for them. */
const FEW = 8;
const FEW_TOKENS = 32;
/** How many the full-text index is asked for: not as narrowly as was meant, and exactly. The last again and again. */
const LOOSE = [128, 1_024];
const EXACT = [256, 4_096, 32_768];

/** The first row of a part of the log. */
const NEAREST: Readonly<Record<Direction, string>> = {
  older: "SELECT max(id) FROM notifications WHERE id BETWEEN @first AND @last",
  newer: "SELECT min(id) FROM notifications WHERE id BETWEEN @first AND @last",
};

/**
 * Says where to look. All stretches together hold everything that matches; none takes longer than some milliseconds to
 * look through, and between two of them rows may come and go.
 */
export class HistoryPlan {
  readonly #statements: Statements;
  readonly #mark: MarkReader;
  readonly #ways: Readonly<Record<Direction, Ways>>;
  readonly #ask: Readonly<Record<Direction, IndexSearch>>;

  constructor(db: Database, statements: Statements) {
    this.#statements = statements;
    this.#mark = createMarkReader(db);
    this.#ways = { older: createWays(db, "older"), newer: createWays(db, "newer") };
    this.#ask = { older: createIndexSearch(db, "older"), newer: createIndexSearch(db, "newer") };
  }

  /** Where to look for a page, in the direction of the search. */
  *inOrder({ filter, range, direction, question }: Search): Generator<Stretch> {
    if (filter.channels?.length === 0) return;
    if (question) return yield* this.#indexed({ filter, range, direction, question });
    if (hasOwnIndex(filter) || (filter.channels && filter.channels.length <= FEW)) {
      return yield* this.#merged(filter, range, direction);
    }
    yield* this.#mixed(filter, range, direction);
  }

  /** Where to look for everything, in any order. */
  *anyOrder({ filter, range, question }: Omit<Search, "direction">): Generator<Stretch> {
    if (filter.channels?.length === 0) return;
    if (question) return yield* this.#exact({ filter, range, direction: "older", question });
    const { channels } = filter;
    const isFew = channels && channels.length <= FEW;
    yield* hasOwnIndex(filter) || isFew ? this.#merged(filter, range, "older") : this.#sequence(range, "older");
  }

  /** Every row. */
  *#sequence(range: Range, direction: Direction, size: number = ROWS.inSequence): Generator<Stretch> {
    let rest = range;
    while (rest.first <= rest.last) {
      // What was deleted may have left any number of ids between two rows.
      const start = this.#statements(NEAREST[direction]).pluck().get(rest) as number | null;
      if (start === null) return;
      const stretch =
        direction === "older"
          ? { first: Math.max(rest.first, start - size + 1), last: start }
          : { first: start, last: Math.min(rest.last, start + size - 1) };
      yield stretch;
      rest = after(rest, stretch, direction);
    }
  }

  /** In sequence as long as much of it is for the one who asks, and then channel by channel. */
  *#mixed(filter: HistoryFilter, range: Range, direction: Direction): Generator<Stretch> {
    let rest = range;
    for (let size = FIRST_LOOK; ; size = Math.min(ROWS.inSequence, size * 4)) {
      const [look] = this.#sequence(rest, direction, size);
      if (!look) return;
      yield look;
      rest = after(rest, look, direction);
      if (!this.#isVisible(filter, endOf(look, direction))) return yield* this.#merged(filter, rest, direction);
    }
  }

  /** What may concern the one who asks, channel by channel. */
  *#merged(filter: HistoryFilter, range: Range, direction: Direction): Generator<Stretch> {
    if (range.first > range.last) return;
    const walk = new MergeWalk(this.#sources(filter, range, direction), range, direction);
    for (let size = FIRST_PICK; ; size = Math.min(ROWS.picked, size * 4)) {
      const ids = walk.take(size);
      if (ids.length === 0) return;
      yield spanOf(ids);
    }
  }

  #sources({ user, key, recipient, read, ...filter }: HistoryFilter, range: Range, direction: Direction): Source[] {
    const ways = this.#ways[direction];
    const channels = filter.channels ?? (this.#statements("SELECT id FROM channels").pluck().all() as number[]);
    if (key !== undefined) return ways.keyed(key)(channels, range);
    if (recipient !== undefined) return ways.addressed(recipient)(channels, range);
    const own = user === null ? [] : [ways.addressed(user)];
    const isUnread = read === false && user !== null;
    // Signals are never unread.
    const signals = isUnread ? [] : [ways.signals];
    const found = (filter.seesTargeted ? [ways.all] : [ways.messages, ...signals, ...own]).flatMap((way) =>
      way(channels, range),
    );
    if (!isUnread) return found;
    // Up to the user's mark everything is read, but for exceptions.
    const mark = this.#mark(user);
    return [
      ...found.flatMap((source) => above(source, mark(source.channel), direction)),
      ...ways.exceptions(user)(channels, range),
    ];
  }

  /** Whether at least half of a part of the log is for the one who asks, so that it is best looked through as it stands. */
  #isVisible({ channels, user, seesTargeted }: HistoryFilter, { first, last }: Range): boolean {
    if (seesTargeted && !channels) return true;
    const { sql, values } = toCondition({ channels, user, seesTargeted, now: 0 });
    const share = `SELECT sum(${sql}) * 2 >= count(*) FROM notifications WHERE id BETWEEN @first AND @last`;
    return (
      this.#statements(share)
        .pluck()
        .get({ ...values, first, last }) === 1
    );
  }

  /**
   * What the full-text index finds. A word that may go on costs it all that the word may become, before it gives the
   * first; so it is asked for the beginning of the word, which it knows, as long as enough of that is what was meant.
   * What is for everyone is most of it, and dear where the words are rare: so it is asked for that only where much of
   * what it found was for others.
   */
  *#indexed(search: TextSearch): Generator<Stretch> {
    const { filter, range, direction, question } = search;
    const loose = toMatch(widen(question));
    const open = loose === toMatch(question) ? null : question.open;
    let rest = range;
    for (const size of LOOSE) {
      const ids = this.#ask[direction](withinScope(loose, { channels: fewOf(filter) }), rest, size);
      for (const part of parts(ids, open ? ROWS.read : ROWS.picked)) yield open ? { ...part, open } : part;
      if (ids.length < size) return;
      rest = after(rest, spanOf(ids), direction);
    }
    yield* this.#exact({ ...search, range: rest });
  }

  *#exact({ filter, range, direction, question }: TextSearch): Generator<Stretch> {
    const scope = { channels: fewOf(filter), ...(!filter.seesTargeted && { user: filter.user }) };
    const match = withinScope(toMatch(question), scope);
    let rest = range;
    for (let round = 0; rest.first <= rest.last; round += 1) {
      const size = EXACT[Math.min(round, EXACT.length - 1)] ?? 0;
      const ids = this.#ask[direction](match, rest, size);
      yield* parts(ids, ROWS.picked);
      if (ids.length < size) return;
      rest = after(rest, spanOf(ids), direction);
    }
  }
}

/** The channels of a filter, if they are so few that the full-text index is asked for them. */
function fewOf({ channels }: HistoryFilter): readonly number[] | undefined {
  return channels && channels.length <= FEW_TOKENS ? channels : undefined;
}

/** Whether another index than that of channels leads to what is asked for. */
function hasOwnIndex({ key, recipient, read }: HistoryFilter): boolean {
  return key !== undefined || recipient !== undefined || read === false;
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

/** The last rows of a part of the log, which tell best what follows. */
function endOf({ first, last }: Range, direction: Direction): Range {
  return direction === "older"
    ? { first, last: Math.min(last, first + FIRST_LOOK - 1) }
    : { first: Math.max(first, last - FIRST_LOOK + 1), last };
}

function* parts(ids: readonly number[], size: number): Generator<Stretch> {
  for (let at = 0; at < ids.length; at += size) yield spanOf(ids.slice(at, at + size));
}

/** The stretch of some ids that are in order, whichever. */
function spanOf(ids: readonly number[]): Required<Pick<Stretch, "ids">> & Range {
  const [one = 0, other = 0] = [ids[0], ids.at(-1)];
  return { first: Math.min(one, other), last: Math.max(one, other), ids };
}

/** What is left of a range beyond a part of it. */
function after({ first, last }: Range, part: Range, direction: Direction): Range {
  return direction === "older" ? { first, last: part.first - 1 } : { first: part.last + 1, last };
}
