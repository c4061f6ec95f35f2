/**
 * What each user has read: marks, up to which everything is read (of one channel, or of all), and exceptions to them.
 * Only messages for people (event `notification`) are ever unread. The mark that counts in a channel is the greater of
 * its own and that of all channels; an exception that agrees with it does not exist, so that there are few. This file
 * asks; read_marks.ts changes.
 */
import type { Database } from "./database.ts";
import { and, eq, gt, inArray, isNull, or, type SQL, sql } from "./drizzle.ts";
import { channels, notifications } from "./schema.ts";

/** Stands for all channels in `read_marks`. */
export const ALL_CHANNELS = 0;

/** Whether a user's marks cover a row of `notifications`. */
export function isMarked(user: string): SQL<number> {
  return sql`(notifications.id <= (SELECT coalesce(max(through), 0) FROM read_marks m
    WHERE m.user_id = ${user} AND m.channel_id IN (${ALL_CHANNELS}, notifications.channel_id)))`;
}

/** Whether a row of `notifications` is addressed to a user, or to everybody. */
export function isFor(user: string): SQL {
  return sql`(notifications.recipients IS NULL OR EXISTS (SELECT 1 FROM recipients r
    WHERE r.user_id = ${user} AND r.channel_id = notifications.channel_id AND r.notification_id = notifications.id))`;
}

/** A template's tag, of Drizzle or for plain text. */
type Tag<Value, Result> = (parts: TemplateStringsArray, ...values: Value[]) => Result;

const readBy = <Value, Result>(tag: Tag<Value, Result>, user: Value): Result =>
  tag`(notifications.event <> 'notification' OR coalesce((SELECT is_read FROM read_exceptions e
    WHERE e.user_id = ${user} AND e.channel_id = notifications.channel_id AND e.notification_id = notifications.id),
    notifications.id <= (SELECT coalesce(max(through), 0) FROM read_marks m
      WHERE m.user_id = ${user} AND m.channel_id IN (0, notifications.channel_id))))`;

/**
 * Whether a user has read a row of `notifications`; true for signals. A condition for WHERE: `isReadBy("ann")`, or
 * ``sql`NOT ${isReadBy("ann")}` ``.
 */
export function isReadBy(user: string): SQL<number> {
  return readBy<string, SQL<number>>(sql, user);
}

/** The same condition as text, for statements that are prepared once; `user` is the name of a parameter. */
export function isReadByText(user: string): string {
  return readBy<string, string>(String.raw, user);
}

/** Those of these notifications that are there for a user at `now`, with their channels, whether it may read these or not. */
export function findFor(
  db: Database,
  { user, ids, now }: { readonly user: string; readonly ids: readonly number[]; readonly now: number },
): { readonly id: number; readonly channel: string }[] {
  const lives = or(isNull(notifications.expiresAt), gt(notifications.expiresAt, now));
  return db.orm
    .select({ id: notifications.id, channel: channels.name })
    .from(notifications)
    .innerJoin(channels, eq(channels.id, notifications.channelId))
    .where(and(inArray(notifications.id, [...ids]), isFor(user), lives))
    .all();
}

/** Which of these notifications a user has read: what is shown as `read`. */
export function readByUser(db: Database, user: string, ids: readonly number[]): Set<number> {
  const rows = db.orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(inArray(notifications.id, [...ids]), isReadBy(user)))
    .all();
  return new Set(rows.map(({ id }) => id));
}

/**
 * Which of these users have read a message; nobody reads signals. Who was made after it has it not to read, but that is
 * not to say that it was read; unless it was addressed to that id.
 */
export function readersOf({ sqlite }: Database, id: number, users: readonly string[]): string[] {
  return sqlite
    .prepare(
      `SELECT u.value FROM notifications n CROSS JOIN json_each(@users) u
       WHERE n.id = @id AND n.event = 'notification'
         AND (n.recipients IS NOT NULL
           OR n.created_at >= coalesce((SELECT created_at FROM users WHERE users.id = u.value), 0))
         AND coalesce(
         (SELECT is_read FROM read_exceptions e
           WHERE e.user_id = u.value AND e.channel_id = n.channel_id AND e.notification_id = n.id),
         n.id <= (SELECT coalesce(max(through), 0) FROM read_marks m
           WHERE m.user_id = u.value AND m.channel_id IN (${ALL_CHANNELS}, n.channel_id)))`,
    )
    .pluck()
    .all({ id, users: JSON.stringify(users) }) as string[];
}
