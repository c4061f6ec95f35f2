/** What came of a sequence of ids, in constant memory: equal trails are equal sequences. */
export class Trail {
  #count = 0;
  #last = 0;
  #hash = 0;

  /** Number of ids. */
  get count(): number {
    return this.#count;
  }

  /** The newest id; 0: there is none. */
  get last(): number {
    return this.#last;
  }

  /** Adds the next id; answers false when it is not greater than the one before. */
  add(id: number): boolean {
    const isNext = id > this.#last;
    this.#count += 1;
    this.#last = id;
    this.#hash = (Math.imul(this.#hash, 31) + id) | 0;
    return isNext;
  }

  /** Whether both are the same ids in the same order. */
  equals(other: Trail): boolean {
    return this.#count === other.#count && this.#last === other.#last && this.#hash === other.#hash;
  }

  toString(): string {
    return `${this.#count} ids up to ${this.#last}`;
  }
}
