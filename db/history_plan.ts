import type { Database } from "./database.ts";
import type { HistoryFilter } from "./history_filter.ts";
import { createSources, type Direction, type Range, type Source, type Sources } from "./history_sources.ts";
import { MergeWalk } from "./history_walk.ts";
import { createMarkReader } from "./read_marks.ts";
import { createIndexSearch, type IndexSearch, withinScope } from "./search.ts";
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
/** Beyond so many channels the first look is the cheaper one; beyond so many the full-text index is not asked for them. */
const FEW = 8;
const FEW_TOKENS = 32;
/** How many the full-text index is asked for: with a shorter word than was meant, and exactly. The last again and again. */
const WIDE = [128, 1_024];
const EXACT = [256, 4_096, 32_768];

/**
 * Says where to look. All stretches together hold everything that matches; none takes longer than some milliseconds to
 * look through, and between two of them rows may come and go.
 */
export class HistoryPlan {
  readonly #nextId: (from: number) => number | undefined;
  readonly #lastId: (from: number) => number | undefined;
  readonly #allChannels: () => number[];
  readonly #mark: (channel: number, user: string) => number;
  readonly #sources: Readonly<Record<Direction, Sources>>;
  readonly #ask: Readonly<Record<Direction, IndexSearch>>;

  constructor(db: Database) {
    const { sqlite } = db;
    const next = sqlite.prepare("SELECT min(id) FROM notifications WHERE id >= ?").pluck();
    const last = sqlite.prepare("SELECT max(id) FROM notifications WHERE id <= ?").pluck();
    const channels = sqlite.prepare("SELECT id FROM channels").pluck();
    this.#nextId = (from) => (next.get(from) as number | null) ?? undefined;
    this.#lastId = (from) => (last.get(from) as number | null) ?? undefined;
    this.#allChannels = () => channels.all() as number[];
    this.#mark = createMarkReader(db);
    this.#sources = { older: createSources(db, "older"), newer: createSources(db, "newer") };
    this.#ask = { older: createIndexSearch(db, "older"), newer: createIndexSearch(db, "newer") };
  }

  /** Where to look for a page, in the direction of the search. */
  *inOrder({ filter, range, direction, question }: Search): Generator<Stretch> {
    if (question) return yield* this.#indexed({ filter, range, direction, question });
    const { seesTargeted, channels } = filter;
    const isExact = hasOwnIndex(filter);
    if (seesTargeted && !channels && !isExact) return yield* this.#sequence(range, direction);
    let rest = range;
    if (!isExact && (channels?.length ?? Number.POSITIVE_INFINITY) > FEW) {
      const [look] = this.#sequence(range, direction, FIRST_LOOK);
      if (!look) return;
      yield look;
      rest = after(range, look, direction);
    }
    yield* this.#merged(this.#sourcesOf(filter, direction), rest, direction);
  }

  /** Where to look for everything, in any order. */
  *anyOrder({ filter, range, question }: Omit<Search, "direction">): Generator<Stretch> {
    if (question) return yield* this.#exact({ filter, range, direction: "older", question });
    const { channels } = filter;
    if (hasOwnIndex(filter) || (channels && channels.length <= FEW))
      yield* this.#merged(this.#sourcesOf(filter, "older"), range, "older");
    else yield* this.#sequence(range, "older");
  }

  /** Every row. */
  *#sequence(range: Range, direction: Direction, size: number = ROWS.inSequence): Generator<Stretch> {
    let rest = range;
    while (rest.first <= rest.last) {
      // What was deleted may have left any number of ids between two rows.
      const start = direction === "older" ? this.#lastId(rest.last) : this.#nextId(rest.first);
      if (start === undefined || start < rest.first || start > rest.last) return;
      const stretch =
        direction === "older"
          ? { first: Math.max(rest.first, start - size + 1), last: start }
          : { first: start, last: Math.min(rest.last, start + size - 1) };
      yield stretch;
      rest = after(rest, stretch, direction);
    }
  }

  /** What may concern the one who asks, channel by channel. */
  *#merged(sources: readonly Source[], range: Range, direction: Direction): Generator<Stretch> {
    if (range.first > range.last) return;
    const walk = new MergeWalk(sources, range, direction);
    for (let size = FIRST_LOOK; ; size = ROWS.picked) {
      const ids = walk.take(size);
      if (ids.length === 0) return;
      yield spanOf(ids);
    }
  }

  #sourcesOf(filter: HistoryFilter, direction: Direction): Source[] {
    const { channels, seesTargeted, user, key, recipient, read } = filter;
    const sources = this.#sources[direction];
    return (channels ?? this.#allChannels()).flatMap((channel) => {
      if (key !== undefined) return [sources.keyed(channel, key)];
      if (recipient !== undefined) return [sources.addressed(channel, recipient)];
      const own = user === null ? [] : [sources.addressed(channel, user)];
      if (read === false && user !== null) {
        // Signals are never unread. Up to the user's mark everything is read, but for exceptions.
        const mark = this.#mark(channel, user);
        const unread = seesTargeted ? [sources.all(channel)] : [sources.messages(channel), ...own];
        return [...unread.map((source) => above(source, mark)), sources.exceptions(channel, user)];
      }
      return seesTargeted ? [sources.all(channel)] : [sources.messages(channel), sources.signals(channel), ...own];
    });
  }

  /**
   * What the full-text index finds. A word that may go on costs it all that the word may become, before it gives the
   * first; so it is asked for the beginning of the word, which it knows, as long as enough of that is what was meant.
   */
  *#indexed(search: TextSearch): Generator<Stretch> {
    const { range, direction, question } = search;
    const wide = widen(question);
    let rest = range;
    if (question.open && toMatch(wide) !== toMatch(question)) {
      for (const size of WIDE) {
        const ids = this.#ask[direction](toMatch(wide), rest, size);
        for (const part of parts(ids, ROWS.read)) yield { ...part, open: question.open };
        if (ids.length < size) return;
        rest = after(rest, spanOf(ids), direction);
      }
    }
    yield* this.#exact({ ...search, range: rest });
  }

  *#exact({ filter, range, direction, question }: TextSearch): Generator<Stretch> {
    const { channels, seesTargeted, user } = filter;
    if (channels?.length === 0) return;
    const match = withinScope(toMatch(question), {
      ...(channels && channels.length <= FEW_TOKENS && { channels }),
      ...(!seesTargeted && { user }),
    });
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

/** Whether another index than that of channels leads to what is asked for. */
function hasOwnIndex({ key, recipient, read }: HistoryFilter): boolean {
  return key !== undefined || recipient !== undefined || read === false;
}

/** A source without what stands up to an id. */
function above(source: Source, mark: number): Source {
  return ({ first, last }, limit) => {
    const range = { first: Math.max(first, mark + 1), last };
    return range.first <= last ? source(range, limit) : [];
  };
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
