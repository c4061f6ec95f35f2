import { createHash } from "node:crypto";
import type { GivenDraft } from "./draft.ts";

/**
 * SHA-256 of what a publisher gave, equal for what says the same: whatever the order of its fields is, and with times as
 * they were given, because `+10m` is another time with each attempt.
 */
export function fingerprint({ idempotencyKey: _, deliverAt, expiresAt, ...content }: GivenDraft): string {
  const times = { deliverAt: deliverAt?.given, expiresAt: expiresAt?.given };
  return createHash("sha256")
    .update(JSON.stringify(sortFields({ ...content, ...times })))
    .digest("hex");
}

/** The same value with the fields of all objects in one order; a list, because an object's `__proto__` is none. */
function sortFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortFields);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { fields: sorted.map(([name, field]) => [name, sortFields(field)]) };
}
