/** A load process that reads many streams, and publishes what they are to read. Started by load.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { answerCalls, sharedNow } from "../calls.ts";
import { type Audience, Pump } from "./pump.ts";
import { type OpenOptions, Streams } from "./streams.ts";

/** What the readers have seen so far. */
export interface ReaderCounts {
  /** µs on the shared clock. */
  readonly at: number;
  readonly delivered: number;
  readonly reads: number;
  readonly bytes: number;
  readonly published: number;
  readonly ended: number;
}

/** Percentiles in ms, of the sampled streams. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly samples: number;
}

const streams = new Streams();
let pump: Pump | undefined;

answerCalls({
  open: (options: OpenOptions) => streams.openAll(options),
  close: () => streams.closeAll(),
  count: (): ReaderCounts => {
    const { delivered, reads, bytes, ended } = streams;
    return { at: sharedNow(), delivered, reads, bytes, published: pump?.published ?? 0, ended };
  },
  run: async ({ window, ...audience }: Audience & { window: number }) => {
    pump = await Pump.open(streams, audience);
    pump.run(window);
  },
  pace: async ({ rate, ...audience }: Audience & { rate: number }) => {
    pump = await Pump.open(streams, audience);
    pump.pace(rate);
  },
  stop: () => pump?.stop(),
  resetLatency: () => streams.latency.reset(),
  latency: (): Latency => {
    const { latency } = streams;
    const ms = (percentile: number) => latency.percentile(percentile) / 1_000;
    return { p50: ms(50), p99: ms(99), max: latency.max / 1_000, samples: latency.count };
  },
  /** Publishes one after the other, each once the one before has arrived everywhere; the ms of each. */
  oneByOne: async ({ times, pause, ...audience }: Audience & { times: number; pause: number }) => {
    pump = await Pump.open(streams, audience);
    const took: number[] = [];
    for (let index = 0; index < times; index += 1) {
      took.push((await pump.once()) / 1_000);
      if (pause > 0) await sleep(pause);
    }
    await pump.stop();
    return took;
  },
  /** Waits until so many notifications have arrived since the start; the time (µs, shared clock) when they had. */
  arrived: async (delivered: number) => {
    await new Promise<void>((resolve) => streams.notifyAt(delivered, resolve));
    return sharedNow();
  },
  now: () => sharedNow(),
});
