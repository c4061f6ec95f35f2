import { appendAudit } from "./audit.ts";
import type { Appended, Audited } from "./commands.ts";
import type { Database } from "./database.ts";
import { NotFoundError } from "./errors.ts";
import type { Addressed, LogEntry } from "./event_log.ts";
import { noteGone } from "./gone.ts";
import type { Appender } from "./notifications.ts";
import type { Step } from "./step.ts";
import { forgetTraits } from "./traits.ts";
import { countBeforeDeletion } from "./usage.ts";

/** Commands that delete notifications from the middle of the log. */
export interface RemovalCommands {
  /** Deletes a notification and appends what tells its readers so. The reason is for the audit trail. */
  "notification.remove": {
    input: Audited & { readonly id: number; readonly reason: string; readonly entry: LogEntry };
    result: Appended;
  };
  /** Deletes notifications whose time is over; answers with how many there were. */
  "notification.expire": { input: { readonly ids: readonly number[] }; result: Step };
}

const IDS = "(SELECT value FROM json_each(?))";
/** What belongs to notifications, by their ids. The recipients of each are named in its own row. */
const BELONGINGS = [
  `DELETE FROM recipients WHERE (user_id, channel_id, notification_id) IN (
     SELECT user.value, n.channel_id, n.id FROM notifications n, json_each(n.recipients) user
     WHERE n.id IN ${IDS} AND n.recipients IS NOT NULL)`,
  `DELETE FROM read_exceptions WHERE notification_id IN ${IDS}`,
  `DELETE FROM acknowledgements WHERE notification_id IN ${IDS}`,
  `DELETE FROM deliveries WHERE notification_id IN ${IDS}`,
  `DELETE FROM escalations WHERE notification_id IN ${IDS}`,
  `DELETE FROM search WHERE rowid IN ${IDS}`,
];

/** Deletes notifications with everything that belongs to them; answers with how many there were. */
export function deleteNotifications(db: Database, ids: readonly number[]): number {
  const { sqlite } = db;
  countBeforeDeletion(db, ids);
  const list = JSON.stringify(ids);
  const addToRuns = noteGone(db, ids);
  for (const statement of BELONGINGS) sqlite.prepare(statement).run(list);
  const { changes } = sqlite.prepare(`DELETE FROM notifications WHERE id IN ${IDS}`).run(list);
  addToRuns();
  forgetTraits(db);
  return changes;
}

/** Deletes a notification and appends its `removed` record. @throws {NotFoundError} when there is none. */
export function removeNotification(
  { db, appender }: { readonly db: Database; readonly appender: Appender },
  { id, reason, entry, ...audited }: RemovalCommands["notification.remove"]["input"],
): Appended {
  const sender = db.sqlite.prepare("SELECT sender FROM notifications WHERE id = ?").pluck().get(id);
  if (sender === undefined) throw new NotFoundError(`Cannot remove notification ${id}: there is none with this id`);
  deleteNotifications(db, [id]);
  const target = `${entry.channel} #${id}`;
  appendAudit(db, audited, { action: "notification.remove", target, before: { sender }, after: { reason } });
  return { appended: appender.append(entry) };
}

/** What is known of a notification that somebody wants to remove. */
export interface Removable extends Pick<LogEntry, Addressed | "event" | "sender"> {
  readonly id: number;
  /** See the table's column. */
  readonly tokenId: number | null;
}

/** Finds a notification, or the copies of one that were sent because nobody acknowledged it. */
export function findRemovable({ sqlite }: Database, by: "id" | "original", id: number): Removable[] {
  const rows = sqlite
    .prepare(
      `SELECT n.id, c.name AS channel, n.event, n.type, n.severity, n.recipients, n.sender, n.token_id AS tokenId
       FROM notifications n JOIN channels c ON c.id = n.channel_id
       WHERE n.${by} = ? AND n.event <> 'removed' ORDER BY n.id`,
    )
    .all(id) as (Omit<Removable, "recipients"> & { readonly recipients: string | null })[];
  return rows.map((row) => ({
    ...row,
    recipients: row.recipients === null ? null : (JSON.parse(row.recipients) as string[]),
  }));
}
