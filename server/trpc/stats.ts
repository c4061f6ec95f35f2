import { setInterval } from "node:timers/promises";
import { z } from "zod";
import { readStatistics, type Statistics, type StatisticsSources } from "../hub/statistics.ts";
import type { Trpc } from "./init.ts";

const watchInput = z
  .strictObject({
    /** Seconds between two readings. */
    every: z.number().min(1).max(60).default(2),
  })
  .default({ every: 2 });

/** `stats.*`: the numbers of the running hub. */
export function createStatsRouter(t: Trpc, sources: StatisticsSources) {
  return t.router({
    /** The numbers of this moment. */
    current: t.adminProcedure.query(() => readStatistics(sources)),

    /** The numbers now, and again every few seconds. */
    watch: t.adminProcedure.input(watchInput).subscription(async function* ({
      input,
      signal,
    }): AsyncGenerator<Statistics, void, undefined> {
      yield readStatistics(sources);
      try {
        for await (const _ of setInterval(input.every * 1_000, undefined, { signal, ref: false })) {
          yield readStatistics(sources);
        }
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
    }),
  });
}
