import { setTimeout as sleep } from "node:timers/promises";
import { isAsked } from "../../db/commands.ts";
import type { Committed, Writer } from "../../db/writer.ts";

/** What follows the log behind publishing. */
export type FollowKind = "search.index" | "usage.countPublished";

/** What a follower needs. */
export interface LogFollowerOptions {
  readonly writer: Writer;
  /** The command that does the next step. */
  readonly kind: FollowKind;
  /** How far it has come before. */
  readonly through: number;
  /** Id of the newest notification. */
  readonly head: () => number;
  readonly onError: (error: unknown) => void;
}

/** How long notifications gather before the first step, in ms. */
const GATHER = 20;
/** Time that one step is to take in the writer, in ms, and fewest and most notifications of one. */
const STEP = { ms: 4, fewest: 16, most: 8_000 };
/**
 * Pause after a step while others write: in times of what the step took, so that it takes a 25th of the writer's time at
 * most, and in ms at least, since one step over many costs a fraction of many steps over few.
 */
const PAUSE = { times: 24, least: 100 };
/** Pause after a failure, in ms: a full disk. */
const RETRY = 5_000;
/** How far behind it may be for somebody to wait for it, in notifications, and how long that one waits, in ms. */
const NEAR = 2_000;
const PATIENCE = 250;

/**
 * Has the writer do something with every notification, in order, off the publishing path: as fast as it goes while
 * nobody else writes, else in small steps with long pauses. It goes on where it was after a restart or a crash, because
 * its position is stored with what it has done.
 */
export class LogFollower implements Disposable {
  readonly #options: LogFollowerOptions;
  readonly #closing = new AbortController();
  readonly #subscription: Disposable;
  readonly #waiting = new Set<{ readonly id: number; readonly resolve: () => void }>();
  #through: number;
  #limit = STEP.fewest;
  #isRunning = false;
  /** Commits in which others wrote. */
  #others = 0;
  /** Ends the pause that goes on. */
  #hurry: AbortController | undefined;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
    this.#through = options.through;
    this.#subscription = options.writer.onCommit((committed) => this.#notice(committed));
    this.#start();
  }

  /** Everything up to this id is done. */
  get through(): number {
    return this.#through;
  }

  /** Resolves once it has come to an id; at once when it is far from it, and after a moment in any case. */
  async reach(id: number): Promise<void> {
    if (this.#through >= id || id - this.#through > NEAR || this.#closing.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { id, resolve };
    const timer = setTimeout(resolve, PATIENCE).unref();
    this.#waiting.add(waiter);
    this.#hurry?.abort();
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(waiter);
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#hurry?.abort();
    this.#subscription[Symbol.dispose]();
    for (const { resolve } of this.#waiting) resolve();
  }

  #notice(committed: readonly Committed[]): void {
    if (committed.some(({ command }) => isAsked(command))) this.#others += 1;
    this.#start();
  }

  #start(): void {
    if (this.#isRunning || this.#through >= this.#options.head()) return;
    this.#isRunning = true;
    this.#run()
      .catch(this.#options.onError)
      .finally(() => {
        this.#isRunning = false;
      });
  }

  async #run(): Promise<void> {
    const { head } = this.#options;
    const { signal } = this.#closing;
    for (let pause = GATHER; this.#through < head(); pause = await this.#step()) {
      await this.#pause(pause);
      if (signal.aborted) return;
    }
  }

  /** Does a step; answers with how long to pause after it. */
  async #step(): Promise<number> {
    const { writer, kind, onError } = this.#options;
    const others = this.#others;
    try {
      const { through, count, ms } = await writer.execute({ kind, input: { limit: this.#limit } });
      this.#advance(through);
      this.#limit = adapt(count, ms);
      return this.#others > others ? Math.max(ms * PAUSE.times, PAUSE.least) : 0;
    } catch (error) {
      if (!this.#closing.signal.aborted) onError(error);
      return RETRY;
    }
  }

  #advance(through: number): void {
    this.#through = through;
    for (const { id, resolve } of this.#waiting) if (through >= id) resolve();
  }

  /** A pause, cut short where somebody waits; not after a failure. */
  async #pause(ms: number): Promise<void> {
    if (this.#closing.signal.aborted || (this.#waiting.size > 0 && ms < RETRY)) return;
    this.#hurry = new AbortController();
    const { signal } = ms < RETRY ? this.#hurry : this.#closing;
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
    this.#hurry = undefined;
  }
}

/** How many the next step may take, judged by the last one. */
function adapt(count: number, ms: number): number {
  const wanted = Math.round((Math.max(count, 1) * STEP.ms) / Math.max(ms, 0.05));
  return Math.min(STEP.most, Math.max(STEP.fewest, wanted));
}
