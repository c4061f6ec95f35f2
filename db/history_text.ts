import type { Database } from "./database.ts";
import type { HistoryFilter } from "./history_filter.ts";
import type { Direction, Range } from "./history_sources.ts";
import { beyond, ROWS, type Stretch, toStretch, toStretches } from "./history_stretch.ts";
import { createIndexSearch, type IndexSearch, withinScope } from "./search.ts";
import type { Statements } from "./statements.ts";
import { TraitFinder, traitsOf } from "./traits.ts";
import { type Question, toMatch, widen } from "./words.ts";

/** Which words to look for, and in which part of the log. */
export interface TextSearch {
  readonly filter: HistoryFilter;
  readonly range: Range;
  readonly direction: Direction;
  readonly question: Question;
}

/** Beyond so many channels the full-text index is not asked for them. */
const FEW = 32;
/** How many the full-text index is asked for: not as narrowly as was meant, and exactly. The last again and again. */
const LOOSE = [128, 1_024];
const EXACT = [256, 4_096, 32_768];

/** Where the words of a question stand, by the full-text index. */
export class TextPlan {
  readonly #ask: Readonly<Record<Direction, IndexSearch>>;
  readonly #traits: TraitFinder;

  constructor(db: Database, statements: Statements) {
    this.#traits = new TraitFinder(statements);
    this.#ask = { older: createIndexSearch(db, "older"), newer: createIndexSearch(db, "newer") };
  }

  /**
   * What the full-text index finds. A word that may go on costs it all that the word may become, before it gives the
   * first; so it is asked for the beginning of the word, which it knows, as long as enough of that is what was meant.
   * What is for everyone is most of it, and dear where the words are rare: so it is asked for that only where much of
   * what it found was for others.
   */
  *inOrder(search: TextSearch): Generator<Stretch> {
    const { filter, range, direction, question } = search;
    const loose = toMatch(widen(question));
    const open = loose === toMatch(question) ? null : question.open;
    const match = withinScope(loose, { channels: fewOf(filter), recipient: filter.recipient });
    let rest = this.#narrow(filter, range, direction);
    for (const size of LOOSE) {
      if (!rest) return;
      const ids = this.#ask[direction](match, rest, size);
      for (const part of toStretches(ids, open ? ROWS.read : ROWS.picked)) yield open ? { ...part, open } : part;
      if (ids.length < size) return;
      rest = this.#narrow(filter, beyond(rest, toStretch(ids), direction), direction);
    }
    if (rest) yield* this.exact({ ...search, range: rest });
  }

  /** What the index finds for these eyes, all of it. */
  *exact({ filter, range, direction, question }: TextSearch): Generator<Stretch> {
    const { user, recipient, seesTargeted } = filter;
    const match = withinScope(toMatch(question), {
      ...{ channels: fewOf(filter), recipient },
      ...(!seesTargeted && { user }),
    });
    let rest = this.#narrow(filter, range, direction);
    for (let round = 0; rest; round += 1) {
      const size = EXACT[Math.min(round, EXACT.length - 1)] ?? 0;
      const ids = this.#ask[direction](match, rest, size);
      yield* toStretches(ids, ROWS.picked);
      if (ids.length < size) return;
      rest = this.#narrow(filter, beyond(rest, toStretch(ids), direction), direction);
    }
  }

  /** What is left of a range from where something is that the filter asks for beside the words; null: nothing is. */
  #narrow(filter: HistoryFilter, range: Range, direction: Direction): Range | null {
    const traits = traitsOf(filter);
    if (range.first > range.last) return null;
    if (traits.length === 0) return range;
    const [part] = this.#traits.parts(traits, range, direction);
    if (!part) return null;
    return direction === "older" ? { ...range, last: part.last } : { ...range, first: part.first };
  }
}

/** The channels of a filter, if they are so few that the full-text index is asked for them. */
function fewOf({ channels }: HistoryFilter): readonly number[] | undefined {
  return channels && channels.length <= FEW ? channels : undefined;
}
