import { setTimeout as sleep } from "node:timers/promises";
import { isAsked } from "../../db/commands.ts";
import type { Step } from "../../db/step.ts";
import type { Writer } from "../../db/writer.ts";

/**
 * Pause after a step, in times of what it took in the writer, while others write: it takes a 25th of its time, and, with
 * what its commit writes, less than a tenth of what others could (`npm run bench -- housekeeping`).
 */
const PAUSE = 24;

/** Does background work in steps: one after the other while nobody else writes, else with pauses, but always some. */
export class Pace implements Disposable {
  readonly #subscription: Disposable;
  /** Commits in which others wrote. */
  #others = 0;
  /** When the pause is over, in ms of the process. */
  #over = 0;

  constructor(writer: Pick<Writer, "onCommit">) {
    this.#subscription = writer.onCommit((committed) => {
      if (committed.some(({ command }) => isAsked(command))) this.#others += 1;
    });
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** Does a step after the pause that is due. The signal cuts the pause short; the step is done then too. */
  async step(work: () => Promise<Step>, signal: AbortSignal): Promise<Step> {
    const pause = this.#over - performance.now();
    if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => undefined);
    const others = this.#others;
    const step = await work();
    if (this.#others > others) this.#over = performance.now() + step.ms * PAUSE;
    return step;
  }
}
