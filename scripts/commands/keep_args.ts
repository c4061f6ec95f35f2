import { UsageError } from "./failure.ts";

/** The options that say how much of a channel is kept. */
export const keepArgs = {
  "keep-days": { type: "string", description: "Keep notifications for so many days", valueHint: "days" },
  "keep-count": { type: "string", description: "Keep so many notifications", valueHint: "number" },
  "keep-forever": { type: "boolean", description: "Keep everything" },
} as const;

interface Given {
  readonly "keep-days"?: string | undefined;
  readonly "keep-count"?: string | undefined;
  readonly "keep-forever"?: boolean | undefined;
}

/** How much of a channel is kept, as the hub takes it. */
export type Retention = "forever" | { readonly days?: number; readonly count?: number };

/** What the options say; undefined: nothing. @throws {UsageError} */
export function readKeep(args: Given, path: readonly string[]): Retention | undefined {
  const { "keep-days": days, "keep-count": count, "keep-forever": forever } = args;
  if (days === undefined && count === undefined) return forever ? "forever" : undefined;
  if (forever) throw new UsageError("--keep-forever cannot be given together with --keep-days or --keep-count", path);
  return {
    ...(days !== undefined && { days: parse(days, "--keep-days", path) }),
    ...(count !== undefined && { count: parse(count, "--keep-count", path) }),
  };
}

/** How much of a channel is kept, in words. */
export function describeKeep(retention: Retention): string {
  if (retention === "forever") return "forever";
  const { days, count } = retention;
  const parts = [days !== undefined && `${days} days`, count !== undefined && `${count} newest`];
  return parts.filter(Boolean).join(", ");
}

function parse(text: string, flag: string, path: readonly string[]): number {
  if (/^\d{1,10}$/.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`${flag} must be a whole number, is "${text}"`, path);
}
