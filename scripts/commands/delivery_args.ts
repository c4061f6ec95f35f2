import type { Draft } from "../../web/client/mod.ts";
import { parseTimeToCome } from "./times.ts";

/** The options that say when a notification is delivered, until when it matters, and that it counts once. */
export const deliveryArgs = {
  "deliver-at": {
    type: "string",
    description: "Deliver it then: 2027-01-31T13:00, or 10m from now",
    valueHint: "time",
  },
  "expires-at": { type: "string", description: "Give it to nobody from then on", valueHint: "time" },
  "idempotency-key": {
    type: "string",
    description: "Publish once, however often this is run with the same key within a day",
    valueHint: "key",
  },
} as const;

interface Given {
  readonly "deliver-at"?: string | undefined;
  readonly "expires-at"?: string | undefined;
  readonly "idempotency-key"?: string | undefined;
}

/** What the options say, as fields of a draft. @throws {UsageError} */
export function readDelivery(
  args: Given,
  path: readonly string[],
): Pick<Draft, "deliverAt" | "expiresAt" | "idempotencyKey"> {
  const { "deliver-at": deliverAt, "expires-at": expiresAt, "idempotency-key": idempotencyKey } = args;
  return {
    ...(deliverAt !== undefined && { deliverAt: parseTimeToCome(deliverAt, { flag: "--deliver-at", path }) }),
    ...(expiresAt !== undefined && { expiresAt: parseTimeToCome(expiresAt, { flag: "--expires-at", path }) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}
