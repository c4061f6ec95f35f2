import { Fifo } from "./fifo.ts";

/** Pages that all readers together read in one turn of the event loop. */
const PER_TURN = 4;

/**
 * Gives readers that catch up their turns, first come first served and few per turn of the event loop: thousands that
 * resume at once share the time that publishing and live readers leave.
 */
export class Turns {
  readonly #waiting = new Fifo<() => void>();
  #scheduled = false;

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
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
    for (let n = 0; n < PER_TURN; n += 1) this.#waiting.take()?.();
    if (this.#waiting.size > 0) this.#schedule();
  }
}
