import { InputError, MAX_NAMED } from "./explain.ts";

/** What becomes of a notification that is addressed to users whom the hub does not know. */
export const UNKNOWN_USERS = ["accept", "refuse"] as const;
/** One of {@linkcode UNKNOWN_USERS}. */
export type UnknownUsers = (typeof UNKNOWN_USERS)[number];

/** Refuses recipients whom the hub does not know; `action` is a verb. @throws {InputError} when there are such ones. */
export function refuseUnknown(unknown: readonly string[], action: string): void {
  if (unknown.length === 0) return;
  const named = unknown.slice(0, MAX_NAMED).map((id) => JSON.stringify(id));
  const others = unknown.length > named.length ? ` and ${unknown.length - named.length} more` : "";
  const message = `names users whom the hub does not know: ${named.join(", ")}${others}`;
  throw new InputError(action, [{ path: "to", message }]);
}
