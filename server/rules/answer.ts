import type { Notification } from "./notification.ts";
import type { Ephemeral } from "./stream_item.ts";

/** What an answer says beside the notification. */
interface Remarks {
  /** It was given before, to the same idempotency key. */
  readonly deduplicated?: true;
  /** Those of `to` whom the hub does not know. */
  readonly unknown?: readonly string[];
}

/** What a publisher is answered whose notification was stored. */
export interface Stored extends Notification, Remarks {}

/** A notification that waits for its time. It gets its id, and its timestamp, when it is delivered. */
export interface Scheduled extends Omit<Notification, "id" | "cursor" | "original" | "timestamp" | "read">, Remarks {
  /** Names it while it waits. */
  readonly scheduledId: number;
  /** ISO 8601. */
  readonly deliverAt: string;
  /** How it is sent again while nobody acknowledges it; `after` in ms. */
  readonly escalate?: { readonly after: number; readonly to: readonly string[] };
  /** When it was scheduled, ISO 8601. */
  readonly createdAt: string;
  readonly id?: never;
}

/** What a publisher is answered whose notification was delivered to whoever is there. */
export interface Passed extends Ephemeral, Pick<Remarks, "unknown"> {}

/** What a publisher is answered. */
export type Answer = Stored | Scheduled | Passed;
