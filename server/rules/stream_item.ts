import type { Notification } from "./notification.ts";
import type { Severity } from "./severity.ts";

/** The first item of every stream. */
export interface Connected {
  readonly event: "connected";
  /** Names this one connection. */
  readonly clientId: string;
  /** Id of the newest notification in the log. */
  readonly head: number;
  readonly epoch: string;
  readonly timestamp: string;
  readonly id?: never;
}

/** Why a reader cannot be given what follows its cursor. */
export type GapReason =
  /** Retention deleted it. */
  | "trimmed"
  /** The cursor is from another database, for example from before a restore. */
  | "epoch"
  /** The cursor is ahead of the log: the database was put back to an earlier state. */
  | "ahead";

/** Says that something between the reader's cursor and what comes next cannot be given. */
export interface Gap {
  readonly event: "gap";
  readonly reason: GapReason;
  /** The cursor that the reader came with. */
  readonly after: string;
  /** The stream goes on with what follows this cursor. */
  readonly resumed: string;
  /** Id of the oldest notification kept, of the channels that the reader follows. */
  readonly oldest: number;
  /** Of the reason `trimmed`: what is lost has ids up to this one. What is kept of these follows, each once. */
  readonly trimmed?: number;
  readonly head: number;
  readonly id?: never;
}

/** Takes a notification off every screen: it was removed. Stored in the log in its place, so that nobody misses it. */
export interface Removed {
  readonly event: "removed";
  readonly id: number;
  readonly cursor: string;
  readonly channel: string;
  readonly type: string;
  readonly severity: Severity;
  /** Id of the notification that is gone. */
  readonly removed: number;
  readonly to?: readonly string[];
  readonly sender: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** Takes notifications off the screens of whoever is there: their time is over. */
export interface Expired {
  readonly event: "expired";
  readonly ids: readonly number[];
  readonly id?: never;
}

/** What a user has read or not, changed on another screen; for that user's readers only. */
export interface ReadChange {
  readonly event: "read";
  /** `true`: read, `false`: unread; null: changes were missed, ask anew. */
  readonly read: boolean | null;
  /** These notifications. */
  readonly ids?: readonly number[];
  /** Everything up to and including this id, of `channel` or (absent) of all channels. */
  readonly through?: number;
  readonly channel?: string;
  readonly id?: never;
}

/**
 * Somebody has acknowledged a notification: for whoever is there and could see it once it is settled, before that for
 * the user's own readers. Who it was says `notifications.status`.
 */
export interface Acknowledged {
  readonly event: "acknowledged";
  /** Id of the notification; its copies name it as their `original`. */
  readonly acknowledged: number;
  /** Whether nobody has to acknowledge it any more. */
  readonly settled: boolean;
  readonly id?: never;
}

/** What the hub itself says, as a record, about a notification that a screen may have. */
export const FOLLOW_UPS: ReadonlySet<string> = new Set(["removed", "expired", "acknowledged"] satisfies (
  | Removed
  | Expired
  | Acknowledged
)["event"][]);

/** The hub's own items, which are not in the log. */
export type Control = Connected | Gap | Ended | Expired | ReadChange | Acknowledged;

/** The last item of a stream that the hub ends for good; whoever comes back needs another credential. */
export interface Ended {
  readonly event: "ended";
  /** `expired`: the credential's time is over; `revoked`: the credential, or the right to read, was taken away. */
  readonly reason: "expired" | "revoked";
  readonly id?: never;
}

/** A notification that is delivered to whoever is there and not stored: without an id, marked as ephemeral. */
export interface Ephemeral extends Omit<Notification, "id" | "cursor" | "read"> {
  readonly ephemeral: true;
  readonly id?: never;
}

/**
 * What a typed stream yields. Told apart by `event`; in TypeScript, where a notification's `event` may be any name,
 * use {@linkcode isNotification}, or test `id`, which only stored notifications have.
 */
export type StreamItem = Notification | Ephemeral | Removed | Control;

/** Whether an item of a stream is a notification. */
export function isNotification(item: StreamItem): item is Notification {
  return item.id !== undefined && !isRemoved(item);
}

/** Whether an item of a stream says that a notification was removed. */
export function isRemoved(item: StreamItem): item is Removed {
  return item.event === "removed";
}

/** Whether an item of a stream is an ephemeral notification. */
export function isEphemeral(item: StreamItem): item is Ephemeral {
  return "ephemeral" in item;
}
