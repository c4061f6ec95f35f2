import { z } from "zod";

/** How much of a channel is kept; null: no such limit. */
export interface RetentionLimits {
  readonly days: number | null;
  readonly count: number | null;
}

/** What new channels keep. */
export const DEFAULT_RETENTION: RetentionLimits = { days: 90, count: null };

/** Longest time, a hundred years in days, and most notifications that are counted. */
const MAX_DAYS = 36_500;
const MAX_COUNT = 1_000_000_000;

const limits = z
  .strictObject({
    days: z.int().min(1).max(MAX_DAYS).optional(),
    count: z.int().min(1).max(MAX_COUNT).optional(),
  })
  .refine(({ days, count }) => days !== undefined || count !== undefined, "must name days or count, or be forever");

const FORMS = 'must be "forever", or {days, count}: whole numbers, one of them or both';

/** How much of a channel is kept, at an edge: so many days, so many notifications (whichever is less), or everything. */
export const retention = z
  .union([z.literal("forever", { error: FORMS }), limits], { error: FORMS })
  .transform((given): RetentionLimits => {
    if (given === "forever") return { days: null, count: null };
    return { days: given.days ?? null, count: given.count ?? null };
  });

/** How much of a channel is kept, as callers see it. */
export type RetentionView = z.input<typeof retention>;

/** The limits as callers see them. */
export function toRetentionView({ days, count }: RetentionLimits): RetentionView {
  if (days === null && count === null) return "forever";
  return { ...(days !== null && { days }), ...(count !== null && { count }) };
}
