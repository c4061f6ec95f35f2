import { setInterval } from "node:timers/promises";
import { z } from "zod";
import type { StreamLimits } from "../auth/stream_limits.ts";
import { readStatistics, type Statistics, type StatisticsSources } from "../hub/statistics.ts";
import type { Follower } from "../reading/follower.ts";
import type { UsageDesk } from "../reading/usage_desk.ts";
import type { UsageSchema } from "../rules/usage.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `stats` use. */
export interface StatsServices extends StatisticsSources {
  readonly streamLimits: StreamLimits;
  readonly follower: Follower;
  readonly usageDesk: UsageDesk;
  readonly usageSchema: UsageSchema;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

const watchInput = z
  .strictObject({
    /** Seconds between two readings. */
    every: z.number().min(1).max(60).default(2),
  })
  .default({ every: 2 });

/** `stats.*`: the numbers of the running hub. */
export function createStatsRouter(t: Trpc, services: StatsServices) {
  const { streamLimits, follower, usageDesk, usageSchema, stopping } = services;

  async function* watch(every: number, until: AbortSignal): AsyncGenerator<Statistics, void, undefined> {
    yield readStatistics(services);
    for await (const _ of setInterval(every, undefined, { signal: until, ref: false })) yield readStatistics(services);
  }

  return t.router({
    /** The numbers of this moment. */
    current: t.adminProcedure.query(() => readStatistics(services)),

    /** What was published, delivered, read and acknowledged, by the hour or the day. */
    history: t.memberProcedure
      .input(usageSchema)
      .query(({ ctx, input, signal }) => usageDesk.history(input, ctx.caller, signal)),

    /** The numbers now, and again every few seconds. */
    watch: t.adminProcedure.input(watchInput).subscription(async function* ({ ctx, input, signal }) {
      const place = await streamLimits.admit(ctx);
      using admin = follower.watchAdmin(ctx.caller, ctx.credentials);
      try {
        // An abort is thrown on: a return would tell the client that all is said, and it would not come back.
        yield* watch(input.every * 1_000, AbortSignal.any([...(signal ? [signal] : []), stopping, admin.signal]));
      } finally {
        place.release();
      }
    }),
  });
}
