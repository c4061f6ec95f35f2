import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late timers fire, in ms: what a busy event loop costs everybody. */
export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Sampling interval in ms, subtracted from what the histogram records. */
const RESOLUTION = 10;
const NANOSECONDS = 1e6;

/** Measures the delay of the event loop since it was last read. */
export class EventLoopMonitor implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  #since = 0;
  #last: EventLoopDelay = { p50: 0, p99: 0, max: 0 };

  constructor() {
    this.#histogram.enable();
  }

  /** The delay of the last seconds; several readers within one second see the same. */
  read(): EventLoopDelay {
    if (performance.now() - this.#since < 1_000) return this.#last;
    const at = (percentile: number) => late(this.#histogram.percentile(percentile));
    this.#last = { p50: at(50), p99: at(99), max: late(this.#histogram.max) };
    this.#histogram.reset();
    this.#since = performance.now();
    return this.#last;
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }
}

function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION);
}
