import type { Direction, Range, Source } from "./history_sources.ts";

/** How many ids a source is asked for at first, and at most. */
const AT_FIRST = 8;
const AT_MOST = 512;

/** One source with what it gave and was not taken yet. */
interface Head {
  readonly source: Source;
  /** What comes next, or stands before it. */
  id: number;
  /** Not asked yet: empty. */
  ids: number[];
  at: number;
  size: number;
}

/**
 * Merges sources that have nothing in common, each in order, into one order. Only those are asked whose turn comes, so
 * that it costs what is taken, however many and however unequal they are.
 */
export class MergeWalk {
  readonly #sign: 1 | -1;
  readonly #range: Range;
  /** A heap: what comes next stands first. */
  readonly #heads: Head[];

  constructor(sources: readonly Source[], range: Range, direction: Direction) {
    this.#sign = direction === "older" ? -1 : 1;
    this.#range = range;
    this.#heads = sources.map((source) => ({ source, id: source.bound, ids: [], at: 0, size: 0 }));
    for (let index = this.#heads.length >> 1; index >= 0; index -= 1) this.#sink(index);
  }

  /** The next ids, at most so many; none: the end. */
  take(limit: number): number[] {
    const taken: number[] = [];
    for (let head = this.#heads[0]; head && taken.length < limit; head = this.#heads[0]) {
      if (head.size > 0) taken.push(head.id);
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
    if (head.at >= head.ids.length) {
      // It gave less than it was asked for: there is no more.
      if (head.ids.length < head.size) return false;
      head.ids = this.#next(head);
      head.at = 0;
    }
    const id = head.ids[head.at];
    if (id === undefined) return false;
    head.id = id;
    return true;
  }

  #next(head: Head): number[] {
    const { first, last } = this.#range;
    const isFirst = head.size === 0;
    const from = isFirst ? head.id : head.id + this.#sign;
    head.size = isFirst ? AT_FIRST : Math.min(AT_MOST, head.size * 4);
    const rest = this.#sign < 0 ? { first, last: from } : { first: from, last };
    return rest.first <= rest.last ? head.source.next(rest, head.size) : [];
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
    return head !== undefined && against !== undefined && this.#sign * (head.id - against.id) < 0;
  }
}
