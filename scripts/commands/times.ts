import { UsageError } from "./failure.ts";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Which option of which command a text stands in. */
export interface OptionName {
  /** With its dashes. */
  readonly flag: string;
  /** The words of the command. */
  readonly path: readonly string[];
}

/** Reads `30m`, `12h`, `90d` or `4w` as ms. @throws {UsageError} */
export function parseDuration(text: string, { flag, path }: OptionName): number {
  const duration = readDuration(text);
  if (duration > 0) return duration;
  throw new UsageError(`${flag} must be a time such as 12h or 90d, is "${text}"`, path);
}

/** Reads a moment as unix ms: a date, an ISO time (without a zone: local), or how long before `now`. @throws {UsageError} */
export function parseMoment(text: string, now: number, { flag, path }: OptionName): number {
  const duration = readDuration(text);
  if (duration > 0) return now - duration;
  const moment = readTime(text);
  if (!Number.isNaN(moment)) return moment;
  throw new UsageError(`${flag} must be 2027-01-31, 2027-01-31T13:00 or, for so long ago, 12h; is "${text}"`, path);
}

function readDuration(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  return Number(count) * (UNITS[unit] ?? 0);
}

/**
 * Reads a time to come as the hub takes it: a date, an ISO time (without a zone: local), or how long from now, such as
 * `10m` or `+10m`, which the hub's clock decides. @throws {UsageError}
 */
export function parseTimeToCome(text: string, { flag, path }: OptionName): string {
  const [, length] = /^\+?(\d{1,9}(?:ms|s|m|h|d))$/.exec(text) ?? [];
  if (length) return `+${length}`;
  const moment = readTime(text);
  if (!Number.isNaN(moment)) return new Date(moment).toISOString();
  throw new UsageError(`${flag} must be 2027-01-31, 2027-01-31T13:00 or, from now, 10m; is "${text}"`, path);
}

/** A date, or an ISO time (without a zone: local), as unix ms; NaN: neither. */
function readTime(text: string): number {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return Date.parse(`${text}T00:00`);
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}
