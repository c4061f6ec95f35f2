import { setImmediate } from "node:timers/promises";

/** Longest turn of the event loop that long work takes before others have theirs, in ms. */
const SLICE = 4;

/** The turn of work that may take long: when it is over, others have theirs. */
export class TimeSlice {
  readonly #signal: AbortSignal | undefined;
  #until = performance.now() + SLICE;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Resolves at once while the turn lasts, else in the next one. @throws {DOMException} an AbortError once the signal aborts. */
  async pause(): Promise<void> {
    if (performance.now() < this.#until) return;
    await setImmediate(undefined, { signal: this.#signal });
    this.#until = performance.now() + SLICE;
  }
}
