import { stripVTControlCharacters, styleText } from "node:util";
import type { Notification, Severity } from "../../web/client/mod.ts";

type Style = Parameters<typeof styleText>[0];

const COLOURS: Readonly<Record<Severity, Style>> = {
  info: "cyan",
  success: "green",
  warning: "yellow",
  error: "red",
  critical: ["white", "bgRed", "bold"],
};
/** Width of the longest severity. */
const WIDTH = 8;

/** Colours text, only on a terminal and not with NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Makes text safe for a line of a terminal: what others wrote must not move its cursor, nor look like a line of ours. */
export function printable(text: string): string {
  return printableLines(text).replaceAll("\n", " ");
}

/** Makes text safe for a terminal, and keeps its lines. */
function printableLines(text: string): string {
  const unprintable = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;
  return stripVTControlCharacters(text).replaceAll(unprintable, " ");
}

/** One notification for people: time, severity, channel, title and message; signals with their event and data. */
export function formatNotification(notification: Notification): string {
  const { timestamp, severity, channel, event, title, message, data } = notification;
  const head = [
    paint("dim", formatTime(timestamp)),
    paint(COLOURS[severity], severity.padEnd(WIDTH)),
    paint("bold", channel),
  ];
  const isSignal = event !== "notification";
  const body = [
    ...(isSignal ? [paint("magenta", event)] : []),
    ...(title ? [paint("bold", printable(title))] : []),
    ...(message ? [printableLines(message).trimEnd().replaceAll("\n", "\n    ")] : []),
    ...(isSignal && data !== undefined ? [printable(JSON.stringify(data))] : []),
  ];
  return `${head.join("  ")}  ${body.join(" · ")}`;
}

/** Lines of a table, its header first: each column but the last as wide as its widest cell. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell)).join("  ");
  return [paint("dim", format(header)), ...cells.map(format)];
}

/** A time of the API in the local zone: `2026-05-04 13:37:00`. */
export function formatTime(timestamp: string | number): string {
  const date = new Date(timestamp);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

/** A time in JSON, as the API has it: ISO 8601; null stays. */
export function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
