import type { LogRecord } from "../../db/event_log.ts";
import type { Connected, Control, Gap } from "../rules/stream_item.ts";
import type { Wire } from "./frame.ts";
import type { Sink } from "./reader_home.ts";

/** A reader's way out: its sink, which may be full for a while, in its wire format. */
export class Outlet {
  readonly #sink: Sink;
  readonly #wire: Wire;
  /** How long the sink may take nothing, in ms. */
  readonly #patience: number;
  #isFull = false;
  #hasMissed = false;

  constructor(sink: Sink, wire: Wire, patience: number) {
    this.#sink = sink;
    this.#wire = wire;
    this.#patience = patience;
  }

  /** The name of the wire format. */
  get transport(): string {
    return this.#wire.format.name;
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

  /** Writes what stands before the first item, and the first items; `cursor` as for {@linkcode Outlet.say}. */
  open(items: readonly (Connected | Gap)[], cursor: string): void {
    const { format } = this.#wire;
    this.write(this.#wire.bytes(format.opening + items.map((item) => format.control(item, cursor)).join("")));
  }

  /** Writes an item of the hub's own; `cursor` is where a reader that was cut right after it resumes. */
  say(item: Control, cursor: string): void {
    this.write(this.#wire.bytes(this.#wire.format.control(item, cursor)));
  }

  /** Writes what no log will give again, or remembers that it was missed. */
  sayOrMiss(item: Control, cursor: string): void {
    if (this.#isFull) this.#hasMissed = true;
    else this.say(item, cursor);
  }

  /** Writes a notification that is not in the log; false where the sink is full. */
  pass(record: LogRecord, cursor: string): boolean {
    if (this.#isFull) return false;
    this.write(this.#wire.bytes(this.#wire.format.ephemeral(record, cursor)));
    return true;
  }

  /** Says that the stream is still there. */
  beat(): void {
    if (!this.#isFull) this.write(this.#wire.heartbeat);
  }

  /** The sink takes more; answers whether something was missed meanwhile. */
  drained(): boolean {
    const hasMissed = this.#hasMissed;
    if (this.#isFull) this.#sink.setTimeout?.(0);
    this.#isFull = false;
    this.#hasMissed = false;
    return hasMissed;
  }

  /** Ends the body; the sink's owner may take so many ms to close it. */
  end(within: number): void {
    this.#sink.end(this.#wire.ending);
    this.#sink.setTimeout?.(within);
  }

  /** Ends the sink at once. */
  destroy(): void {
    this.#sink.destroy();
  }
}
