import type { Direction, Range } from "./history_sources.ts";
import type { Phrase } from "./words.ts";

/** Where to look: a part of the log, or only these ids of it, in order. */
export interface Stretch extends Range {
  readonly ids?: readonly number[];
  /** What the full-text index was asked with a shorter word for, and each row is still to be asked. */
  readonly open?: Phrase;
}

/** Most rows of a stretch, looked through in sequence, picked one by one, or read in full: some milliseconds. */
export const ROWS = { inSequence: 4_096, picked: 1_024, read: 64 };

/** Some ids that are in order, whichever, as stretches of at most so many. */
export function* toStretches(ids: readonly number[], size: number): Generator<Stretch> {
  for (let at = 0; at < ids.length; at += size) yield toStretch(ids.slice(at, at + size));
}

/** The stretch of some ids that are in order, whichever. */
export function toStretch(ids: readonly number[]): Stretch {
  const [one = 0, other = 0] = [ids[0], ids.at(-1)];
  return { first: Math.min(one, other), last: Math.max(one, other), ids };
}

/** What is left of a range beyond a part of it. */
export function beyond({ first, last }: Range, part: Range, direction: Direction): Range {
  return direction === "older" ? { first, last: part.first - 1 } : { first: part.last + 1, last };
}
