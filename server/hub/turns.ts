/** Pages that all readers together read in one turn of the event loop. */
const PER_TURN = 4;

/**
 * Gives readers that catch up their turns, first come first served and few per turn of the event loop: thousands that
 * resume at once share the time that publishing and live readers leave.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #next = 0;
  #scheduled = false;

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#serve();
    });
  }

  #serve(): void {
    const end = Math.min(this.#next + PER_TURN, this.#waiting.length);
    for (; this.#next < end; this.#next += 1) this.#waiting[this.#next]?.();
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    } else {
      this.#schedule();
    }
  }
}
