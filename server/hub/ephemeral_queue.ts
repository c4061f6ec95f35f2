import type { Acknowledged, Ephemeral, Expired, ReadChange } from "../rules/stream_item.ts";
import type { Frame } from "./frame.ts";

/** Most that wait for one reader. */
const MOST = 64;

/** What is not in the log. */
export type Passing = Ephemeral | Expired | ReadChange | Acknowledged;

/** What the log will not give again, waiting for a reader that is iterated, in order. */
export class EphemeralQueue {
  /** With the head of the log at their time. */
  readonly #items: { readonly head: number; readonly item: Passing }[] = [];
  /** The head when the user's own change had no room that is not told yet. */
  #missedAt: number | null = null;

  /** Keeps the ephemeral ones of these; answers with how many it has no room for. */
  keep(frames: readonly Frame[]): number {
    let dropped = 0;
    for (const { record, isEphemeral } of frames) {
      if (isEphemeral && !this.keepItem(JSON.parse(record.json) as Passing, record.id)) dropped += 1;
    }
    return dropped;
  }

  /** Keeps an item that came when the log's head was this id; false when there is no room. */
  keepItem(item: Passing, head: number): boolean {
    if (this.#items.length >= MOST) {
      if (item.event === "read" || item.event === "acknowledged") this.#missedAt = head;
      return false;
    }
    this.#items.push({ head, item });
    return true;
  }

  /** Whether one stands before an id. */
  hasBefore(id: number): boolean {
    const [next] = this.#items;
    return next !== undefined && next.head < id;
  }

  /** Takes the next that stands before an id. */
  takeBefore(id: number): Passing | undefined {
    if (!this.hasBefore(id)) return undefined;
    const next = this.#items.shift();
    // In the place of what was missed, as it is for those whose sinks were full.
    if (this.#missedAt !== null) this.#items.push({ head: this.#missedAt, item: { event: "read", read: null } });
    this.#missedAt = null;
    return next?.item;
  }
}
