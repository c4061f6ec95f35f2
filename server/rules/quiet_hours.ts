import { z } from "zod";
import { severityRank } from "./severity.ts";
import { findTimeZone } from "./time_zone.ts";

/** Days of the week, in the order of `Date.getUTCDay`. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
/** One of {@linkcode DAYS}. */
export type Day = (typeof DAYS)[number];

/** When a person wants to be left alone, by the clock on that person's wall. */
export interface QuietHours {
  /** `HH:MM`. From then on it is quiet; until a time that is not later, on the next day. */
  readonly from: string;
  /** `HH:MM`, or `24:00`. From then on it is not quiet any more. */
  readonly to: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Days on which they begin; absent: every day. */
  readonly days?: readonly Day[];
  /** Whether critical notifications come all the same. */
  readonly criticalPasses: boolean;
}

const MINUTE = 60_000;
const DAY = 24 * 60;
/** Day of the week on which unix time begins: Thursday. */
const FIRST_DAY = 4;
const CRITICAL = severityRank("critical");

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time of the day such as 22:00");

/** Quiet hours at an edge. */
export const quietHours = z
  .strictObject({
    from: clock,
    to: z.union([z.literal("24:00"), clock], { error: "must be a time of the day such as 07:00, or 24:00" }),
    timeZone: z.string().refine((name) => findTimeZone(name), {
      error: "must be the IANA name of a time zone, such as Europe/Berlin",
    }),
    days: z
      .array(z.enum(DAYS))
      .min(1, "must name a day, or be absent")
      .max(DAYS.length)
      .transform((days) => DAYS.filter((day) => days.includes(day)))
      .nullish(),
    criticalPasses: z.boolean().default(true),
  })
  .refine(({ from, to }) => from !== to, { path: ["to"], message: "must be another time than from" })
  // Said in full, because it is merged into what is stored.
  .transform(({ days = null, ...hours }) => ({ ...hours, days }));

/**
 * Makes the decision whether a notification comes in quiet hours: from its own time and severity alone, so that it is
 * the same whenever it is asked.
 *
 * @throws {RangeError} when there is no such time zone.
 */
export function createQuiet(hours: QuietHours): (at: number, severity: number) => boolean {
  const zone = findTimeZone(hours.timeZone);
  if (!zone) throw new RangeError(`Cannot keep quiet hours: there is no time zone "${hours.timeZone}"`);
  const from = minuteOf(hours.from);
  const to = minuteOf(hours.to);
  const begins = DAYS.map((day) => !hours.days || hours.days.includes(day));
  return (at, severity) => {
    if (hours.criticalPasses && severity >= CRITICAL) return false;
    const local = Math.floor(zone.local(at) / MINUTE);
    const minute = local % DAY;
    const today = (Math.floor(local / DAY) + FIRST_DAY) % 7;
    if (from < to) return from <= minute && minute < to && begins[today] === true;
    // The night before belongs to the day on which it began.
    return minute >= from ? begins[today] === true : minute < to && begins[(today + 6) % 7] === true;
  };
}

function minuteOf(clockTime: string): number {
  return Number(clockTime.slice(0, 2)) * 60 + Number(clockTime.slice(3));
}
