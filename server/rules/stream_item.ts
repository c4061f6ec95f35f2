import type { Notification } from "./notification.ts";

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
  /** Id of the oldest notification kept. */
  readonly oldest: number;
  readonly head: number;
  readonly id?: never;
}

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
export type StreamItem = Notification | Ephemeral | Connected | Gap | Ended;

/** Whether an item of a stream is a notification. */
export function isNotification(item: StreamItem): item is Notification {
  return item.id !== undefined;
}

/** Whether an item of a stream is an ephemeral notification. */
export function isEphemeral(item: StreamItem): item is Ephemeral {
  return "ephemeral" in item;
}
