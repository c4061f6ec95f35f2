import { z } from "zod";
import { channelName, typeName } from "./names.ts";
import { pastMoment } from "./time.ts";

const HOUR = 3_600_000;
/** Length of each step, in ms, how much is looked at when nothing is said, and most points: in steps. */
const STEPS = {
  hour: { ms: HOUR, usual: 24, most: 2_400 },
  day: { ms: 24 * HOUR, usual: 30, most: 400 },
} as const;
/** Most points of each of several series. */
const MOST_OF_SEVERAL = 400;
const MAX_NAMES = 200;

/** A stretch of time in whole steps; unix ms, `until` is not included. */
export interface Steps {
  readonly from: number;
  readonly until: number;
  /** Milliseconds. */
  readonly step: number;
}

/** Makes the schema of what may be asked of the counters; `now` is unix ms. */
export function createUsageSchema(now: () => number) {
  return z
    .strictObject({
      step: z.enum(["hour", "day"]).default("day"),
      /** Absent: the last 30 days, or the last 24 hours. */
      from: pastMoment.optional(),
      until: pastMoment.optional(),
      channels: z.array(channelName).min(1, "must name a channel, or be absent").max(MAX_NAMES).optional(),
      types: z.array(typeName).min(1, "must name a type, or be absent").max(MAX_NAMES).optional(),
      /** A series for each of these, those with the most first. */
      by: z.enum(["channel", "type"]).optional(),
    })
    .prefault({})
    .transform(({ from, until, ...rest }, context) => {
      const { ms, usual, most } = STEPS[rest.step];
      // This moment is in the last step.
      const end = until === undefined ? (Math.floor(now() / ms) + 1) * ms : Math.ceil(until / ms) * ms;
      const start = from === undefined ? end - usual * ms : Math.floor(from / ms) * ms;
      const limit = rest.by ? Math.min(most, MOST_OF_SEVERAL) : most;
      const points = (end - start) / ms;
      const fault =
        points < 1
          ? "must be earlier than until"
          : points > limit && `must be at most ${limit} ${rest.step}s before until`;
      if (fault) context.addIssue({ code: "custom", path: ["from"], message: fault });
      return { ...rest, from: start, until: end, step: ms };
    });
}

/** What may be asked of the counters, with its times in whole steps. */
export type UsageInput = z.output<ReturnType<typeof createUsageSchema>>;
/** The schema of {@linkcode UsageInput}. */
export type UsageSchema = ReturnType<typeof createUsageSchema>;

/** What happened in one step of time. */
export interface UsagePoint {
  /** Its beginning, ISO 8601. */
  readonly at: string;
  readonly published: number;
  /** How often something was written to a live stream. */
  readonly delivered: number;
  readonly read: number;
  readonly acknowledged: number;
  /** Of what was read in this time, the median from publishing to reading, in ms, within a tenth; null: nothing was. */
  readonly medianReadMs: number | null;
}

/** Points without a gap, from the first to the last. */
export interface UsageSeries {
  /** The channel or the type; null: everything that was asked for. */
  readonly name: string | null;
  readonly points: readonly UsagePoint[];
}

/** What happened in a time. */
export interface UsageHistory {
  /** ISO 8601; `until` is not included. */
  readonly from: string;
  readonly until: string;
  readonly series: readonly UsageSeries[];
}
