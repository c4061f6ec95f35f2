import type { DueReader } from "../../db/due.ts";
import { Chore } from "./chore.ts";

/** What has to be done at its time. */
export interface DueWorkOptions<Row> {
  readonly reader: DueReader<Row>;
  /** Calls with the time (unix ms) of whatever comes to wait from now on. */
  readonly listen: (expect: (at: number) => void) => Disposable;
  /** Does what is due, so that it is not due any more. */
  readonly act: (due: readonly Row[], signal: AbortSignal) => Promise<void>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Most rows that are done together. */
const BATCH = 100;

/** Does what the database keeps for a time when that time has come, in batches; also what came due while the hub slept. */
export class DueWork<Row> implements AsyncDisposable {
  readonly #options: DueWorkOptions<Row>;
  readonly #chore: Chore;
  readonly #subscription: Disposable;

  constructor(options: DueWorkOptions<Row>) {
    const { listen, now, onError } = options;
    this.#options = options;
    this.#chore = new Chore({ work: (signal) => this.#work(signal), now, onError });
    this.#subscription = listen((at) => this.#chore.expect(at));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#chore[Symbol.asyncDispose]();
  }

  async #work(signal: AbortSignal): Promise<number | undefined> {
    const { reader, act, now } = this.#options;
    while (!signal.aborted) {
      const due = reader.due(now(), BATCH);
      if (due.length === 0) break;
      await act(due, signal);
    }
    return reader.next();
  }
}

/** Begins each in this order and in one turn; fails once all have ended, where one did. */
export async function doEach<Row>(rows: readonly Row[], act: (row: Row) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(rows.map(act));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
