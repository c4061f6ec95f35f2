/** What has to be done again and again. */
export interface ChoreOptions {
  /** Does what there is to do, until the signal aborts; answers with when there is more (unix ms), if it knows. */
  readonly work: (signal: AbortSignal) => Promise<number | undefined>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Longest time between two looks, in ms: a clock that is turned wakes nobody, and timers reach 24 days. */
const LOOK_EVERY = 500;

/**
 * Something that is done in the background when its time has come, and looked at twice a second in any case; never twice
 * at once. One timer, however much waits.
 */
export class Chore implements AsyncDisposable {
  readonly #options: ChoreOptions;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** When it is done next, in unix ms; Infinity: with the next look. */
  #at = Number.POSITIVE_INFINITY;
  #run: Promise<void> | null = null;

  constructor(options: ChoreOptions) {
    this.#options = options;
    this.#arm(0);
  }

  /** There will be something to do at a time, in unix ms. */
  expect(at: number): void {
    if (at < this.#at) this.#arm(at);
  }

  /** Waits for the work in hand, which stops where it can. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    clearTimeout(this.#timer);
    await this.#run;
  }

  #arm(at: number): void {
    this.#at = at;
    // It is armed anew after the run.
    if (this.#run || this.#over.signal.aborted) return;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(at - this.#options.now(), LOOK_EVERY));
    this.#timer = setTimeout(() => this.#start(), wait).unref();
  }

  #start(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#run = this.#do().then((next) => {
      this.#run = null;
      // Something may have been announced meanwhile.
      this.#arm(Math.min(next, this.#at));
    });
  }

  async #do(): Promise<number> {
    try {
      return (await this.#options.work(this.#over.signal)) ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      this.#options.onError(error);
      return Number.POSITIVE_INFINITY;
    }
  }
}
