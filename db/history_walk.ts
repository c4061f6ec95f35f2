import type { Direction, Range, Source } from "./history_sources.ts";

/** How many ids a source is asked for at first, together and each, and at most. */
const AT_FIRST = { together: 256, each: 4 };
const AT_MOST = 512;

/** One source with what it gave and was not taken yet. */
interface Head {
  readonly source: Source;
  ids: number[];
  at: number;
  size: number;
}

/**
 * Merges sources that have nothing in common, each in order, into one order. Costs one look into each of them and then what is taken, however unequal
 * they are.
 */
export class MergeWalk {
  readonly #sign: 1 | -1;
  readonly #range: Range;
  /** A heap: what comes next stands first. */
  readonly #heads: Head[] = [];

  constructor(sources: readonly Source[], range: Range, direction: Direction) {
    this.#sign = direction === "older" ? -1 : 1;
    this.#range = range;
    const size = Math.max(AT_FIRST.each, Math.ceil(AT_FIRST.together / Math.max(1, sources.length)));
    for (const source of sources) {
      const ids = source(range, size);
      if (ids.length > 0) this.#heads.push({ source, ids, at: 0, size });
    }
    for (let index = this.#heads.length >> 1; index >= 0; index -= 1) this.#sink(index);
  }

  /** The next ids, at most so many; none: the end. */
  take(limit: number): number[] {
    const taken: number[] = [];
    for (let head = this.#heads[0]; head && taken.length < limit; head = this.#heads[0]) {
      taken.push(idOf(head));
      if (!this.#advance(head)) {
        const last = this.#heads.pop();
        if (last && last !== head) this.#heads[0] = last;
      }
      this.#sink(0);
    }
    return taken;
  }

  /** Whether the head has another id. */
  #advance(head: Head): boolean {
    head.at += 1;
    if (head.at < head.ids.length) return true;
    if (head.ids.length < head.size) return false;
    const id = head.ids.at(-1) ?? 0;
    const { first, last } = this.#range;
    const rest = this.#sign < 0 ? { first, last: id - 1 } : { first: id + 1, last };
    head.size = Math.min(AT_MOST, head.size * 4);
    head.ids = rest.first <= rest.last ? head.source(rest, head.size) : [];
    head.at = 0;
    return head.ids.length > 0;
  }

  #sink(from: number): void {
    const heads = this.#heads;
    for (let index = from; ; ) {
      const [left, right] = [index * 2 + 1, index * 2 + 2];
      let next = index;
      if (this.#isBefore(left, next)) next = left;
      if (this.#isBefore(right, next)) next = right;
      const [head, other] = [heads[index], heads[next]];
      if (next === index || !head || !other) return;
      heads[index] = other;
      heads[next] = head;
      index = next;
    }
  }

  #isBefore(index: number, other: number): boolean {
    const [head, against] = [this.#heads[index], this.#heads[other]];
    return head !== undefined && against !== undefined && this.#sign * (idOf(head) - idOf(against)) < 0;
  }
}

function idOf({ ids, at }: Head): number {
  return ids[at] ?? 0;
}
