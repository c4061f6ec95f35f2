import type { Ephemeral } from "../rules/stream_item.ts";
import type { Frame } from "./frame.ts";

/** Most that wait for one reader. */
const MOST = 64;

/** What the log will not give again, waiting for a reader that is iterated, in order. */
export class EphemeralQueue {
  /** With the head of the log at their time. */
  readonly #items: { readonly head: number; readonly item: Ephemeral }[] = [];

  /** Keeps the ephemeral ones of these; answers with how many it has no room for. */
  keep(frames: readonly Frame[]): number {
    let dropped = 0;
    for (const { record, isEphemeral } of frames) {
      if (!isEphemeral) continue;
      if (this.#items.length >= MOST) dropped += 1;
      else this.#items.push({ head: record.id, item: JSON.parse(record.json) as Ephemeral });
    }
    return dropped;
  }

  /** Whether one stands before an id. */
  hasBefore(id: number): boolean {
    const [next] = this.#items;
    return next !== undefined && next.head < id;
  }

  /** Takes the next that stands before an id. */
  takeBefore(id: number): Ephemeral | undefined {
    return this.hasBefore(id) ? this.#items.shift()?.item : undefined;
  }
}
