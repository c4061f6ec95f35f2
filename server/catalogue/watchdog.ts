import { createContext, Script } from "node:vm";

/** Longest time that a watched function may take, in ms. */
const LIMIT = 200;
/** A function that had less than this of the processor meanwhile, in ms, was not slow: other programs were busy. */
const ENOUGH = 100;
/** How often one that was not slow is run again. */
const ATTEMPTS = 10;

/** A function took longer than it may. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";
}

/**
 * Runs functions whose time depends on what strangers send, and stops those that take too long. Each run costs a thread
 * that watches the time: it is for the few that need it.
 */
export class Watchdog {
  readonly #place: { run: () => void } = { run: () => undefined };
  readonly #context = createContext(this.#place);
  readonly #script = new Script("run()");

  /**
   * Runs a function on this thread, which may be stopped and run again.
   *
   * @throws {TimeLimitError} once it takes longer than it may.
   */
  run<Result>(work: () => Result): Result {
    for (let attempt = 1; ; attempt += 1) {
      const before = process.threadCpuUsage();
      try {
        return this.#runOnce(work);
      } catch (error) {
        const { user, system } = process.threadCpuUsage(before);
        const wasSlow = (user + system) / 1_000 >= ENOUGH;
        if (!(error instanceof TimeLimitError) || wasSlow || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #runOnce<Result>(work: () => Result): Result {
    let result: { readonly value: Result } | undefined;
    this.#place.run = () => {
      result = { value: work() };
    };
    try {
      this.#script.runInContext(this.#context, { timeout: LIMIT });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      throw new TimeLimitError(`Cannot go on: it takes longer than ${LIMIT} ms`, { cause: error });
    } finally {
      this.#place.run = () => undefined;
    }
    if (!result) throw new Error("Cannot go on: the function was not run");
    return result.value;
  }
}
