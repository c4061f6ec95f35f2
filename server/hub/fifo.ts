/** Taken items that may stay as empty places before they are let go. */
const SLACK = 64;

/** First in, first out, each at constant cost however many wait; holds on to nothing that was taken. */
export class Fifo<Item> {
  readonly #items: (Item | undefined)[] = [];
  /** Index of the first item that was not taken. */
  #next = 0;

  /** How many wait. */
  get size(): number {
    return this.#items.length - this.#next;
  }

  /** The item whose turn it is. */
  get first(): Item | undefined {
    return this.#items[this.#next];
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the item whose turn it is. */
  take(): Item | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#next];
    this.#items[this.#next] = undefined;
    this.#next += 1;
    // No more are moved up than were taken since the last time.
    if (this.#next >= SLACK && this.#next >= this.size) {
      this.#items.splice(0, this.#next);
      this.#next = 0;
    }
    return item;
  }
}
