import type { Database } from "./database.ts";
import { ConflictError } from "./errors.ts";
import type { LogEntry } from "./event_log.ts";
import type { Appender } from "./notifications.ts";
import type { Step } from "./step.ts";

/** A publisher's wish that what it sends counts once, however often it is sent. */
export interface Once {
  /** Who: names a user or a token, for good. */
  readonly sender: string;
  readonly key: string;
  /** SHA-256 of what was sent. */
  readonly hash: string;
  /** Unix ms; what came before `since` is forgotten. */
  readonly at: number;
  readonly since: number;
}

/** Names a user as the sender of a {@linkcode Once}. */
export function userKey(id: string): string {
  return `user ${id}`;
}

/** What the first with a key became: a notification, or one that waits for its time. */
export interface First {
  readonly notificationId: number | null;
  readonly scheduledId: number | null;
  /** Of one that waits: the JSON that was answered, but for its id. */
  readonly answer: string | null;
  readonly createdAt: number;
}

/** Commands that count once. */
export interface IdempotencyCommands {
  /** Appends, unless the key has come before; then it answers with the first. @throws {ConflictError} */
  "notification.appendOnce": {
    input: { readonly once: Once; readonly entry: LogEntry };
    result: { readonly appended: number; readonly first: null } | { readonly appended: null; readonly first: First };
  };
  /** Forgets keys that came before a time, at most `limit`; answers with how many. */
  "idempotency.forget": { input: { readonly before: number; readonly limit: number }; result: Step };
}

/** Finds the first with a key. @throws {ConflictError} when that was something else. */
export function findFirst({ sqlite }: Database, { sender, key, hash, since }: Once): First | null {
  const row = sqlite
    .prepare(
      `SELECT hash, notification_id AS notificationId, scheduled_id AS scheduledId, answer,
         created_at AS createdAt
       FROM idempotency WHERE sender = ? AND key = ? AND created_at > ?`,
    )
    .get(sender, key, since) as (First & { readonly hash: string }) | undefined;
  if (!row) return null;
  const { hash: known, ...first } = row;
  if (known === hash) return first;
  throw new ConflictError(
    `Cannot publish: the idempotency key "${key}" came before with something else; give each notification its own`,
  );
}

/** The JSON of a notification that was the first with a key; undefined: it is not kept any more. */
export function readFirst({ sqlite }: Database, notificationId: number): string | undefined {
  const json = sqlite.prepare("SELECT json FROM notifications WHERE id = ?").pluck().get(notificationId);
  return json as string | undefined;
}

/** Remembers what the first with a key became. */
export function rememberFirst(
  { sqlite }: Database,
  { sender, key, hash, at }: Once,
  { notificationId = null, scheduledId = null, answer = null }: Partial<First>,
): void {
  sqlite
    .prepare("INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)")
    .run(sender, key, hash, notificationId, scheduledId, answer, at);
}

/** Appends what counts once; see the command. */
export function appendOnce(
  { db, appender }: { readonly db: Database; readonly appender: Appender },
  { once, entry }: IdempotencyCommands["notification.appendOnce"]["input"],
): IdempotencyCommands["notification.appendOnce"]["result"] {
  const first = findFirst(db, once);
  if (first) return { appended: null, first };
  const appended = appender.append(entry);
  rememberFirst(db, once, { notificationId: appended });
  return { appended, first: null };
}

/** Forgets old keys; see the command. */
export function forgetKeys(
  { sqlite }: Database,
  { before, limit }: IdempotencyCommands["idempotency.forget"]["input"],
): number {
  return sqlite
    .prepare(
      `DELETE FROM idempotency WHERE (sender, key) IN (
         SELECT sender, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT ?)`,
    )
    .run(before, limit).changes;
}

/** Forgets the keys of a sender, by its {@linkcode Once} name. */
export function forgetKeysOf({ sqlite }: Database, sender: string): void {
  sqlite.prepare("DELETE FROM idempotency WHERE sender = ?").run(sender);
}

/** Makes the reader of when the oldest key came, in unix ms; undefined: there is none. */
export function createOldestKeyReader({ sqlite }: Database): () => number | undefined {
  const oldest = sqlite.prepare("SELECT min(created_at) FROM idempotency").pluck();
  return () => (oldest.get() as number | null) ?? undefined;
}
