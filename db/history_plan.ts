import type { Database } from "./database.ts";
import { type HistoryFilter, isUnread, toCondition } from "./history_filter.ts";
import { SourceFinder } from "./history_finder.ts";
import type { Direction, Range } from "./history_sources.ts";
import { beyond, ROWS, type Stretch, toStretch } from "./history_stretch.ts";
import { TextPlan } from "./history_text.ts";
import { MergeWalk } from "./history_walk.ts";
import { createIndexedReader } from "./search.ts";
import type { Statements } from "./statements.ts";
import { TraitFinder, traitsOf } from "./traits.ts";
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
/** After so many rows it is looked whether there is a better way. */
const A_LOT = ROWS.inSequence / 2;
/** How many are picked first: about a page. */
const FIRST_PICK = 64;
/** So many times it is picked channel by channel before the whole log is asked for what is seldom. */
const A_FEW_PICKS = 2;
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
  readonly #traits: TraitFinder;
  /** Up to where traits are noted. */
  readonly #indexed: () => number;

  constructor(db: Database, statements: Statements) {
    this.#statements = statements;
    this.#sources = new SourceFinder(db, statements);
    this.#text = new TextPlan(db, statements);
    this.#traits = new TraitFinder(statements);
    this.#indexed = createIndexedReader(db);
  }

  /** Where to look for a page, in the direction of the search. */
  *inOrder({ filter, range, direction, question }: Search): Generator<Stretch> {
    if (filter.channels?.length === 0) return;
    if (question) yield* this.#text.inOrder({ filter, range, direction, question });
    else if (hasOwnIndex(filter)) yield* this.#merged(filter, range, direction);
    else if (isOfFew(filter)) yield* this.#sparse(filter, range, direction);
    else yield* this.#any(filter, range, direction);
  }

  /** Where to look for everything, in any order. */
  *anyOrder({ filter, range, question }: Omit<Search, "direction">): Generator<Stretch> {
    if (filter.channels?.length === 0) return;
    if (question) return yield* this.#text.exact({ filter, range, direction: "older", question });
    const isMerged = hasOwnIndex(filter) || isOfFew(filter) || isUnread(filter);
    yield* isMerged ? this.#merged(filter, range, "older") : this.#parts(filter, range, "older");
  }

  /** First the newest rows, or the oldest, as they stand; what these are says how to go on. */
  *#any(filter: HistoryFilter, range: Range, direction: Direction): Generator<Stretch> {
    const [look] = this.#sequence(range, direction, FIRST_LOOK);
    if (!look) return;
    yield look;
    const rest = beyond(range, look, direction);
    if (this.#isVisible(filter, { part: look, share: 0.5 })) yield* this.#adaptive(filter, rest, direction, true);
    else yield* this.#sparse(filter, rest, direction);
  }

  /** Where little is for the one who asks: channel by channel, and if that soon shows nothing, where it may be at all. */
  *#sparse(filter: HistoryFilter, range: Range, direction: Direction): Generator<Stretch> {
    const isBounded = traitsOf(filter).length === 0 || isUnread(filter);
    const rest = yield* this.#merged(filter, range, direction, isBounded ? Number.POSITIVE_INFINITY : A_FEW_PICKS);
    if (rest) yield* this.#adaptive(filter, rest, direction, false);
  }

  /**
   * As the log stands, where what is asked for is seldom, or much was for the one who asks of what came before; else
   * channel by channel.
   */
  *#adaptive(filter: HistoryFilter, range: Range, direction: Direction, wasVisible: boolean): Generator<Stretch> {
    let isWorth = wasVisible;
    let rest = range;
    let [checked, looked] = [range, 0];
    for (const part of this.#parts(filter, range, direction)) {
      if (!isWorth && looked + sizeOf(part) >= A_LOT) {
        yield* this.#merged(filter, rest, direction);
        return;
      }
      yield part;
      rest = beyond(range, part, direction);
      looked += sizeOf(part);
      if (looked < A_LOT / 2) continue;
      // Rows in sequence are read twice as fast as rows that are picked.
      const density = looked / (sizeOf(checked) - sizeOf(rest));
      isWorth = this.#isVisible(filter, { part: endOf(part, direction), share: density / 2 });
      if (looked >= A_LOT) [checked, looked] = [rest, 0];
    }
  }

  /** Every row that may have what is asked for. What is not indexed yet may have anything. */
  *#parts(filter: HistoryFilter, range: Range, direction: Direction): Generator<Range> {
    const traits = traitsOf(filter);
    if (traits.length === 0) return yield* this.#sequence(range, direction);
    const through = this.#indexed();
    const rest = () => this.#sequence({ first: Math.max(range.first, through + 1), last: range.last }, direction);
    if (direction === "older") yield* rest();
    yield* this.#traits.parts(traits, { first: range.first, last: Math.min(range.last, through) }, direction);
    if (direction === "newer") yield* rest();
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

  /** What may concern the one who asks, channel by channel; so many times, and answers with what is left of the range then. */
  *#merged(
    filter: HistoryFilter,
    range: Range,
    direction: Direction,
    times = Number.POSITIVE_INFINITY,
  ): Generator<Stretch, Range | null> {
    if (range.first > range.last) return null;
    const walk = new MergeWalk(this.#sources.find(filter, range, direction), range, direction);
    let rest = range;
    for (let time = 0; time < times; time += 1) {
      const ids = walk.take(Math.min(ROWS.picked, FIRST_PICK * 4 ** time));
      if (ids.length === 0) return null;
      const stretch = toStretch(ids);
      yield stretch;
      rest = beyond(range, stretch, direction);
    }
    return rest;
  }

  /** Whether at least a share of a part of the log is for the one who asks. */
  #isVisible(
    { channels, user, seesTargeted, read }: HistoryFilter,
    { part: { first, last }, share }: { readonly part: Range; readonly share: number },
  ): boolean {
    if (seesTargeted && !channels && read !== false) return true;
    const { sql, values } = toCondition({ channels, user, seesTargeted, ...(read === false && { read }), now: 0 });
    const isEnough = `SELECT sum(${sql}) >= count(*) * @share FROM notifications WHERE id BETWEEN @first AND @last`;
    return (
      this.#statements(isEnough)
        .pluck()
        .get({ ...values, first, last, share }) === 1
    );
  }
}

/** Whether another index than that of channels leads to what is asked for. */
function hasOwnIndex({ key, recipient }: HistoryFilter): boolean {
  return key !== undefined || recipient !== undefined;
}

/** Whether it is of so few channels that the log need not be looked at. */
function isOfFew({ channels }: HistoryFilter): boolean {
  return channels !== null && channels.length <= FEW;
}

function sizeOf({ first, last }: Range): number {
  return last - first + 1;
}

/** The last rows of a part of the log, which tell best what follows. */
function endOf({ first, last }: Range, direction: Direction): Range {
  return direction === "older"
    ? { first, last: Math.min(last, first + FIRST_LOOK - 1) }
    : { first: Math.max(first, last - FIRST_LOOK + 1), last };
}
