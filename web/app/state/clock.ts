import { createSignal, onCleanup } from "solid-js";

/** How often relative times move on, in ms. */
const TICK = 10_000;

/** Creates the time (unix ms) for relative times on screen; it moves on every ten seconds. */
export function createClock(now: () => number = Date.now): () => number {
  const [time, setTime] = createSignal(now());
  const timer = setInterval(() => setTime(now()), TICK);
  onCleanup(() => clearInterval(timer));
  return time;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const date = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const dateWithYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const minute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Says how long ago a time was: `now`, `5 min. ago`, `yesterday`, after a week the date. Both in unix ms. */
export function formatAgo(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE) return "now";
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), "hour");
  if (age < 7 * DAY) return relative.format(-Math.floor(age / DAY), "day");
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? date : dateWithYear).format(at);
}

/** Says a time (unix ms) as its date. */
export function formatDay(at: number): string {
  return dateWithYear.format(at);
}

/** Says a time (unix ms) as date and minute, in the reader's own zone. */
export function formatMinute(at: number): string {
  return minute.format(at);
}

/** Says a time (unix ms) in full, in the reader's own language and zone. */
export function formatExact(at: number): string {
  return exact.format(at);
}
