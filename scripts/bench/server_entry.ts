/** The server under test: the product as it is, in a process that also tells what it uses. Started by server.ts. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { readConfig } from "../../server/config.ts";
import { startServer } from "../../server/main.ts";
import { answerCalls } from "./calls.ts";

/** Memory after a full collection, in bytes. */
export interface MemoryUse {
  readonly rss: number;
  readonly heap: number;
}

/** Percentiles of the event loop's delay, in ms. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const server = await startServer(readConfig());
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

const milliseconds = (nanoseconds: number) => nanoseconds / 1e6;

process.on("SIGTERM", () => process.exit(0));
answerCalls({
  url: () => server.url,
  memory: async (): Promise<MemoryUse> => {
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heap: heapUsed };
  },
  /** Without a collection: what the process holds right now. */
  rss: () => process.memoryUsage.rss(),
  resetDelay: () => delay.reset(),
  delay: (): LoopDelay => ({
    p50: milliseconds(delay.percentile(50)),
    p99: milliseconds(delay.percentile(99)),
    max: milliseconds(delay.max),
  }),
});
