import type { Notification } from "../../web/client/mod.ts";
import { UsageError } from "./failure.ts";
import { formatTime } from "./screen.ts";

/** Most that one command prints. */
const MAX = 100_000;

/** Most that the hub answers with at once. */
export const PAGE = 500;

/** The option that says how many. */
export const limitArg = { type: "string", description: "How many (default: 50)", valueHint: "number" } as const;

/** Reads {@linkcode limitArg}. @throws {UsageError} */
export function readLimit(text: string | undefined, path: readonly string[]): number {
  const limit = Number(text ?? 50);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX) return limit;
  throw new UsageError(`--limit must be a number from 1 to ${MAX}, is "${text}"`, path);
}

/** What begins each row of a table of notifications: id, time, severity. */
export function headCells({ id, timestamp, severity }: Notification): string[] {
  return [String(id), formatTime(timestamp), severity];
}

/** What a notification says, in one cell: title and message; of a signal its event and data. */
export function contentCell({ event, title, message, data }: Notification): string {
  const isSignal = event !== "notification";
  const what = [
    isSignal ? event : undefined,
    title,
    message,
    isSignal && data !== undefined ? JSON.stringify(data) : undefined,
  ];
  return what.filter(Boolean).join(" · ");
}
