import { setTimeout } from "node:timers/promises";
import type { Writer } from "../../db/writer.ts";

/** How often a busy writer is looked at, and how long background work waits for it at most, in ms. */
const STEP = 10;
const LONGEST = 250;

/** Lets background work pass where it disturbs publishers least, and a little of it also while they never stop. */
export class Pace {
  readonly #writer: Pick<Writer, "backlog">;

  constructor(writer: Pick<Writer, "backlog">) {
    this.#writer = writer;
  }

  /** Resolves once the writer has nothing to do, or a while has passed. */
  async turn(): Promise<void> {
    for (let waited = 0; this.#writer.backlog > 0 && waited < LONGEST; waited += STEP) await setTimeout(STEP);
  }
}
