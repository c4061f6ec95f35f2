import { z } from "zod";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;

/** A time that a caller gave, with what it gave: `+10m` is another time with each attempt. */
export interface Moment {
  /** Unix milliseconds. */
  readonly at: number;
  readonly given: string | number;
}

/** Reads a duration such as `90s`, `10m`, `2h` or `7d` as milliseconds; undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : undefined;
}

/** Writes milliseconds as {@linkcode parseDuration} reads them, in the greatest unit that they are a multiple of. */
function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size]) => ms % size === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

/** A duration at an edge: milliseconds, or a text such as `10m`; between two bounds, in ms. */
export function duration({ min, max }: { readonly min: number; readonly max: number }) {
  return z
    .union([z.int(), z.string()], { error: "must be a duration such as 90s, 10m or 2h, or milliseconds" })
    .transform((given, context) => {
      const length = typeof given === "number" ? given : parseDuration(given);
      if (length === undefined) {
        context.addIssue({ code: "custom", message: "must be a duration such as 90s, 10m or 2h, or milliseconds" });
        return z.NEVER;
      }
      if (length < min || length > max) {
        context.addIssue({
          code: "custom",
          message: `must be between ${formatDuration(min)} and ${formatDuration(max)}`,
        });
        return z.NEVER;
      }
      return length;
    });
}

const FORMS = "must be an ISO time such as 2027-01-31T08:00:00Z, unix milliseconds, or a time from now such as +10m";

/** The last moment that an ISO time of four digits can name, in unix ms. */
const LAST = Date.UTC(10_000, 0) - 1;

/** A time, at an edge: ISO 8601 with a zone, unix milliseconds, or `+10m` from now. */
export function moment(now: () => number) {
  return z.union([z.int(), z.string()], { error: FORMS }).transform((given, context): Moment => {
    const at = typeof given === "number" ? given : readTime(given, now());
    if (at !== undefined && at >= 0 && at <= LAST) return { at, given };
    context.addIssue({
      code: "custom",
      message: at === undefined ? FORMS : "must lie between the years 1970 and 9999",
    });
    return z.NEVER;
  });
}

/**
 * A time at an edge, as {@linkcode moment}, at most `within` ms ahead. Whether it is still to come is another matter
 * ({@linkcode pastFault}): what is sent again, because no answer came, may name a time that was.
 */
export function momentWithin(now: () => number, within: number) {
  return moment(now).refine(({ at }) => at - now() <= within, {
    error: `must lie at most ${Math.round(within / UNITS.d)} days ahead`,
  });
}

/** The same time, had it been given then (unix ms): `+10m` is another. */
export function momentAt({ at, given }: Moment, then: number): Moment {
  return { at: (typeof given === "string" && readTime(given, then)) || at, given };
}

/** What is wrong with a time that should be to come; undefined: nothing. */
export function pastFault({ at }: Moment, now: number): string | undefined {
  return at > now ? undefined : `must lie in the future; the hub's clock says ${new Date(now).toISOString()}`;
}

const PAST_FORMS = "must be an ISO time such as 2027-01-31T08:00:00Z, or unix milliseconds";

/** A time to look from or until, at an edge, as unix milliseconds: ISO 8601 with a zone, or unix milliseconds. */
export const pastMoment = z.union([z.int().min(0), z.string()], { error: PAST_FORMS }).transform((given, context) => {
  const at =
    typeof given === "number" ? given : z.iso.datetime({ offset: true }).safeParse(given).success && Date.parse(given);
  if (typeof at === "number") return at;
  context.addIssue({ code: "custom", message: PAST_FORMS });
  return z.NEVER;
});

function readTime(text: string, now: number): number | undefined {
  if (text.startsWith("+")) {
    const length = parseDuration(text.slice(1));
    return length === undefined ? undefined : now + length;
  }
  return z.iso.datetime({ offset: true }).safeParse(text).success ? Date.parse(text) : undefined;
}
