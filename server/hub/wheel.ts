/** What the wheel holds; serial numbers spread evenly over its slots. */
export interface Numbered {
  readonly serial: number;
}

/** Shortest time between two slots, in ms, and most slots. */
const MIN_TICK = 50;
const MAX_SLOTS = 256;

/**
 * One timer for all readers: each is visited once per turn, spread evenly over it. The wheel also is the list of all
 * open readers.
 */
export class Wheel<Item extends Numbered> implements Disposable {
  readonly #slots: readonly Set<Item>[];
  readonly #timer: NodeJS.Timeout;
  readonly #visit: (item: Item) => void;
  #current = 0;
  #size = 0;

  /** @param turn Time of a whole turn in ms. */
  constructor(turn: number, visit: (item: Item) => void) {
    const count = Math.max(1, Math.min(MAX_SLOTS, Math.floor(turn / MIN_TICK)));
    this.#slots = Array.from({ length: count }, () => new Set());
    this.#visit = visit;
    this.#timer = setInterval(() => this.#tick(), turn / count).unref();
  }

  get size(): number {
    return this.#size;
  }

  add(item: Item): void {
    this.#slots[item.serial % this.#slots.length]?.add(item);
    this.#size += 1;
  }

  remove(item: Item): void {
    if (this.#slots[item.serial % this.#slots.length]?.delete(item)) this.#size -= 1;
  }

  /** The item with a serial number. */
  find(serial: number): Item | undefined {
    for (const item of this.#slots[serial % this.#slots.length] ?? []) if (item.serial === serial) return item;
    return undefined;
  }

  /** Every item. */
  *[Symbol.iterator](): Generator<Item> {
    for (const slot of this.#slots) yield* slot;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#current = (this.#current + 1) % this.#slots.length;
    for (const item of this.#slots[this.#current] ?? []) this.#visit(item);
  }
}
