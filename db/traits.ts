/**
 * Where in the log each type, event, sender and severity occurs, by blocks of ids: what is seldom is found at once, and
 * so is that something is nowhere. Written behind publishing, with the full-text index and by its cursor.
 */
import type { Database } from "./database.ts";
import type { HistoryFilter } from "./history_filter.ts";
import type { Direction, Range } from "./history_sources.ts";
import type { Statements } from "./statements.ts";

/** Ids of a block: few enough to be looked through for one. */
const BLOCK = 256;
/** Most blocks of one part. */
const TOGETHER = 16;
/** Highest rank of a severity there may ever be. */
const HIGHEST = 9;
/** Looks for a block that all kinds agree on before one is given that may have nothing: a part is found in some ms. */
const LOOKS = 64;

const TRAIT = {
  type: (type: string) => `type ${type}`,
  event: (event: string) => `event ${event}`,
  sender: (sender: string) => `sender ${sender}`,
  severity: (rank: number) => `severity ${rank}`,
};

/** What is noted of a notification. */
export interface Traited {
  readonly id: number;
  readonly type: string;
  readonly event: string;
  readonly sender: string;
  readonly severity: number;
}

/** Notes what occurs in some notifications. */
export function noteTraits({ sqlite }: Database, rows: readonly Traited[]): void {
  const found = new Map<number, Set<string>>();
  for (const { id, type, event, sender, severity } of rows) {
    const block = Math.floor(id / BLOCK);
    const traits = found.get(block) ?? new Set();
    found.set(block, traits);
    traits.add(TRAIT.type(type)).add(TRAIT.event(event)).add(TRAIT.sender(sender)).add(TRAIT.severity(severity));
  }
  const add = sqlite.prepare("INSERT OR IGNORE INTO traits (trait, block) SELECT value, ? FROM json_each(?)");
  for (const [block, traits] of found) add.run(block, JSON.stringify([...traits]));
}

/** Forgets the blocks before the oldest notification. */
export function forgetTraits({ sqlite }: Database): void {
  sqlite.prepare(`DELETE FROM traits WHERE block < (SELECT min(id) FROM notifications) / ${BLOCK}`).run();
}

/** What a filter asks for, kind by kind: of each of these lists a block must have something. */
export function traitsOf({ types, events, sender, minSeverity }: HistoryFilter): string[][] {
  const ranks = minSeverity ? Array.from({ length: HIGHEST - minSeverity + 1 }, (_, n) => minSeverity + n) : undefined;
  const asked = [
    types?.map(TRAIT.type),
    events?.map(TRAIT.event),
    sender === undefined ? undefined : [TRAIT.sender(sender)],
    ranks?.map(TRAIT.severity),
  ];
  return asked.filter((traits) => traits !== undefined);
}

const NEAREST = (end: "max" | "min") => `
  SELECT ${end}(block) FROM (
    SELECT (SELECT ${end}(block) FROM traits WHERE trait = asked.value AND block BETWEEN @first AND @last) AS block
    FROM json_each(@traits) asked)`;

/** Gives the parts of a range in which something of each kind may occur, in the direction asked for. */
export class TraitFinder {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** See the class. Most are of one block; where all blocks have it, of some thousand ids. */
  *parts(kinds: readonly (readonly string[])[], range: Range, direction: Direction): Generator<Range> {
    if (range.first > range.last) return;
    const asked = kinds.map((traits) => JSON.stringify(traits));
    const step = direction === "older" ? -1 : 1;
    const blocks = { first: Math.floor(range.first / BLOCK), last: Math.floor(range.last / BLOCK) };
    const from = (block: number): Range =>
      direction === "older" ? { ...blocks, last: block } : { ...blocks, first: block };
    let next = this.#next(asked, blocks, direction);
    while (next !== null) {
      const start = next;
      let end = next;
      for (let size = 1; size <= TOGETHER; size += 1) {
        next = this.#next(asked, from(end + step), direction);
        if (next !== end + step || size === TOGETHER) break;
        end = next;
      }
      const [low, high] = [Math.min(start, end), Math.max(start, end)];
      yield { first: Math.max(range.first, low * BLOCK), last: Math.min(range.last, (high + 1) * BLOCK - 1) };
    }
  }

  /** The next block that has all kinds, or perhaps not all, if none is found soon; null: there is none. */
  #next(asked: readonly string[], blocks: Range, direction: Direction): number | null {
    const statement = this.#statements(NEAREST(direction === "older" ? "max" : "min")).pluck();
    let rest = blocks;
    for (let agreed = 0, kind = 0; ; kind += 1) {
      const traits = asked[kind % asked.length];
      const block = statement.get({ ...rest, traits }) as number | null;
      if (block === null) return null;
      const start = direction === "older" ? rest.last : rest.first;
      agreed = block === start ? agreed + 1 : 1;
      if (agreed >= asked.length || kind >= LOOKS) return block;
      rest = direction === "older" ? { ...rest, last: block } : { ...rest, first: block };
    }
  }
}
