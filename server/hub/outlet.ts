import type { Sink } from "./reader_home.ts";

/** A reader's way out: its sink, which may be full for a while. */
export class Outlet {
  readonly #sink: Sink;
  /** How long the sink may take nothing, in ms. */
  readonly #patience: number;
  #isFull = false;
  #hasMissed = false;

  constructor(sink: Sink, patience: number) {
    this.#sink = sink;
    this.#patience = patience;
  }

  /** Whether the sink takes no more until it is {@linkcode drained}. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Bytes that wait in the sink. */
  get queuedBytes(): number {
    return this.#sink.writableLength ?? 0;
  }

  /** Writes, and finds out whether the sink is full now. */
  write(bytes: Uint8Array): void {
    if (this.#sink.write(bytes) || this.#isFull) return;
    this.#isFull = true;
    this.#sink.setTimeout?.(this.#patience);
  }

  /** Writes what no log will give again, or remembers that it was missed. */
  writeOrMiss(bytes: Uint8Array): void {
    if (this.#isFull) this.#hasMissed = true;
    else this.write(bytes);
  }

  /** The sink takes more; answers whether something was missed meanwhile. */
  drained(): boolean {
    const hasMissed = this.#hasMissed;
    if (this.#isFull) this.#sink.setTimeout?.(0);
    this.#isFull = false;
    this.#hasMissed = false;
    return hasMissed;
  }

  /** Ends the sink after these bytes; its owner may take so many ms to close it. */
  end(bytes: Uint8Array, within: number): void {
    this.#sink.end(bytes);
    this.#sink.setTimeout?.(within);
  }

  /** Ends the sink at once. */
  destroy(): void {
    this.#sink.destroy();
  }
}
