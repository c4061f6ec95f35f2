import type { Database } from "./database.ts";
import { type HistoryFilter, isUnread, toCondition } from "./history_filter.ts";
import { SourceFinder } from "./history_finder.ts";
import type { Direction, Range } from "./history_sources.ts";
import { beyond, ROWS, type Stretch, toStretch } from "./history_stretch.ts";
import { TextPlan } from "./history_text.ts";
import { MergeWalk } from "./history_walk.ts";
import type { Statements } from "./statements.ts";
import type { Question } from "./words.ts";

export type { Direction, Range } from "./history_sources.ts";
export type { Stretch } from "./history_stretch.ts";

/** What to look for, and in which part of the log. */
export interface Search {
  readonly filter: HistoryFilter;
  readonly range: Range;
  readonly direction: Direction;
  /** Words of title and message; absent: any. */
  readonly question?: Question | undefined;
}

/** A first look goes through so many rows in sequence: most filters that match much have their page then. */
const FIRST_LOOK = 256;
/** How many are picked first: about a page. */
const FIRST_PICK = 64;
/** Beyond so many channels the first look is the cheaper one. */
const FEW = 8;
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
  readonly #sources: SourceFinder;
  readonly #text: TextPlan;

  constructor(db: Database, statements: Statements) {
    this.#statements = statements;
    this.#sources = new SourceFinder(db, statements);
    this.#text = new TextPlan(db);
  }

  /** Where to look for a page, in the direction of the search. */
  *inOrder({ filter, range, direction, question }: Search): Generator<Stretch> {
    if (filter.channels?.length === 0) return;
    if (question) return yield* this.#text.inOrder({ filter, range, direction, question });
    if (hasOwnIndex(filter) || (filter.channels && filter.channels.length <= FEW)) {
      return yield* this.#merged(filter, range, direction);
    }
    yield* this.#mixed(filter, range, direction);
  }

  /** Where to look for everything, in any order. */
  *anyOrder({ filter, range, question }: Omit<Search, "direction">): Generator<Stretch> {
    if (filter.channels?.length === 0) return;
    if (question) return yield* this.#text.exact({ filter, range, direction: "older", question });
    const { channels } = filter;
    const isFew = channels && channels.length <= FEW;
    yield* hasOwnIndex(filter) || isFew || isUnread(filter)
      ? this.#merged(filter, range, "older")
      : this.#sequence(range, "older");
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
      rest = beyond(rest, stretch, direction);
    }
  }

  /** In sequence as long as much of it is for the one who asks, and then channel by channel. */
  *#mixed(filter: HistoryFilter, range: Range, direction: Direction): Generator<Stretch> {
    let rest = range;
    for (let size = FIRST_LOOK; ; size = Math.min(ROWS.inSequence, size * 4)) {
      const [look] = this.#sequence(rest, direction, size);
      if (!look) return;
      yield look;
      rest = beyond(rest, look, direction);
      if (!this.#isVisible(filter, endOf(look, direction))) return yield* this.#merged(filter, rest, direction);
    }
  }

  /** What may concern the one who asks, channel by channel. */
  *#merged(filter: HistoryFilter, range: Range, direction: Direction): Generator<Stretch> {
    if (range.first > range.last) return;
    const walk = new MergeWalk(this.#sources.find(filter, range, direction), range, direction);
    for (let size = FIRST_PICK; ; size = Math.min(ROWS.picked, size * 4)) {
      const ids = walk.take(size);
      if (ids.length === 0) return;
      yield toStretch(ids);
    }
  }

  /** Whether at least half of a part of the log is for the one who asks, so that it is best looked through as it stands. */
  #isVisible({ channels, user, seesTargeted, read }: HistoryFilter, { first, last }: Range): boolean {
    if (seesTargeted && !channels && read !== false) return true;
    const { sql, values } = toCondition({ channels, user, seesTargeted, ...(read === false && { read }), now: 0 });
    const share = `SELECT sum(${sql}) * 2 >= count(*) FROM notifications WHERE id BETWEEN @first AND @last`;
    return (
      this.#statements(share)
        .pluck()
        .get({ ...values, first, last }) === 1
    );
  }
}

/** Whether another index than that of channels leads to what is asked for. */
function hasOwnIndex({ key, recipient }: HistoryFilter): boolean {
  return key !== undefined || recipient !== undefined;
}

/** The last rows of a part of the log, which tell best what follows. */
function endOf({ first, last }: Range, direction: Direction): Range {
  return direction === "older"
    ? { first, last: Math.min(last, first + FIRST_LOOK - 1) }
    : { first: Math.max(first, last - FIRST_LOOK + 1), last };
}
