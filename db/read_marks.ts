import type { Database } from "./database.ts";
import { and, eq, inArray, sql } from "./drizzle.ts";
import { readHead } from "./notifications.ts";
import { ALL_CHANNELS, isFor, isMarked, isReadBy } from "./reads.ts";
import { channels as channelTable, notifications, readExceptions, readMarks } from "./schema.ts";

/** Commands that change what a user has read. `at` is unix ms. */
export interface ReadCommands {
  /** Answers with the ids of those that were not so before. */
  "notification.markRead": {
    input: { readonly user: string; readonly ids: readonly number[]; readonly read: boolean; readonly at: number };
    result: readonly number[];
  };
  /** Marks everything up to an id as read, of these channels or (null) of all. Answers whether it changed anything. */
  "notification.markAllRead": {
    input: {
      readonly user: string;
      readonly channels: readonly string[] | null;
      /** Those of them that the user may read, which alone count in the statistics; absent: all of them. */
      readonly readable?: readonly string[] | null;
      readonly through: number;
      readonly at: number;
    };
    result: boolean;
  };
}

/** Most rows of a channel that one command looks through to move a mark on. */
const STRIDE = 256;
/** The mark that counts for @user in @channelId. */
const MARK = `SELECT coalesce(max(through), 0) FROM read_marks WHERE user_id = @user AND channel_id IN (${ALL_CHANNELS}, @channelId)`;

/** The mark that counts for a user in each channel: what stands up to it is read, but for exceptions. */
export type MarkReader = (user: string) => (channelId: number) => number;

/** Makes a {@linkcode MarkReader}. */
export function createMarkReader({ sqlite }: Database): MarkReader {
  const all = sqlite.prepare("SELECT channel_id, through FROM read_marks WHERE user_id = ?").raw();
  return (user) => {
    const marks = new Map(all.all(user) as [channelId: number, through: number][]);
    return (channelId) => Math.max(marks.get(ALL_CHANNELS) ?? 0, marks.get(channelId) ?? 0);
  };
}

/**
 * Marks messages as read or unread, and answers with the ids of those that were not so before. Passes over what is not
 * there or addressed to others; which channels the user may read is the caller's matter.
 */
export function markRead(
  db: Database,
  { user, ids, read }: ReadCommands["notification.markRead"]["input"],
): readonly number[] {
  const differs = read ? sql`NOT ${isReadBy(user)}` : isReadBy(user);
  const changed = db.orm
    .select({ id: notifications.id, channelId: notifications.channelId, isMarked: isMarked(user) })
    .from(notifications)
    .where(and(inArray(notifications.id, [...ids]), eq(notifications.event, "notification"), isFor(user), differs))
    .all();
  const agree = db.sqlite.prepare(
    "DELETE FROM read_exceptions WHERE user_id = ? AND channel_id = ? AND notification_id = ?",
  );
  const except = db.sqlite.prepare("INSERT OR REPLACE INTO read_exceptions VALUES (?, ?, ?, ?)");
  for (const { id, channelId, isMarked } of changed) {
    if (Boolean(isMarked) === read) agree.run(user, channelId, id);
    else except.run(user, channelId, id, Number(read));
  }
  if (read) for (const channelId of new Set(changed.map((row) => row.channelId))) moveMark(db, user, channelId);
  return changed.map(({ id }) => id);
}

/**
 * Marks everything up to an id as read, of these channels or (null) of all there are: one small write, however many
 * notifications it is. Answers whether it changed anything.
 */
export function markAllRead(
  db: Database,
  { user, channels, through }: ReadCommands["notification.markAllRead"]["input"],
): boolean {
  // What is still to come is not read yet.
  const end = Math.min(through, readHead(db));
  if (channels === null) return markThrough(db, user, { channelId: ALL_CHANNELS, through: end });
  const rows = db.orm
    .select({ id: channelTable.id })
    .from(channelTable)
    .where(inArray(channelTable.name, [...channels]))
    .all();
  const changes = rows.map(({ id }) => markThrough(db, user, { channelId: id, through: end }));
  return changes.includes(true);
}

/** A user who is new has read what was published before, but not what was addressed to the same id already. */
export function startReading(db: Database, user: string): void {
  raiseMark(db, user, { channelId: ALL_CHANNELS, through: readHead(db) });
  db.sqlite
    .prepare(
      "INSERT OR REPLACE INTO read_exceptions SELECT user_id, channel_id, notification_id, 0 FROM recipients WHERE user_id = ? AND is_message = 1",
    )
    .run(user);
}

/** Forgets what a user has read. */
export function forgetReader(db: Database, user: string): void {
  db.orm.delete(readMarks).where(eq(readMarks.userId, user)).run();
  db.orm.delete(readExceptions).where(eq(readExceptions.userId, user)).run();
}

interface Mark {
  readonly channelId: number;
  readonly through: number;
}

/** Marks as read whatever it was up to an id. Answers whether that changed anything. */
function markThrough(db: Database, user: string, mark: Mark): boolean {
  const { channelId, through } = mark;
  const raised = raiseMark(db, user, mark);
  const within = channelId === ALL_CHANNELS ? "" : "AND channel_id = @channelId";
  const { changes } = db.sqlite
    .prepare(`DELETE FROM read_exceptions WHERE user_id = @user ${within} AND notification_id <= @through`)
    .run({ user, channelId, through });
  return raised || changes > 0;
}

/** Raises a mark where none reaches as far. Answers whether it did. */
function raiseMark({ sqlite }: Database, user: string, mark: Mark): boolean {
  const { changes } = sqlite
    .prepare(
      `INSERT INTO read_marks SELECT @user, @channelId, @through WHERE @through > (${MARK})
       ON CONFLICT DO UPDATE SET through = excluded.through`,
    )
    .run({ user, ...mark });
  if (changes > 0 && mark.channelId === ALL_CHANNELS) {
    sqlite
      .prepare(`DELETE FROM read_marks WHERE user_id = @user AND channel_id <> ${ALL_CHANNELS} AND through <= @through`)
      .run({ user, through: mark.through });
  }
  return changes > 0;
}

/** Moves the mark of a channel past what was read one by one, so that no exceptions pile up. */
function moveMark(db: Database, user: string, channelId: number): void {
  const rows = db.sqlite
    .prepare(
      `SELECT n.id, e.is_read IS NOT NULL AS isException,
         n.counts OR EXISTS (SELECT 1 FROM recipients r
           WHERE r.user_id = @user AND r.channel_id = @channelId AND r.notification_id = n.id AND r.is_message) AS isMessage
       FROM notifications n LEFT JOIN read_exceptions e
         ON e.user_id = @user AND e.channel_id = @channelId AND e.notification_id = n.id
       WHERE n.channel_id = @channelId AND n.id > (${MARK}) ORDER BY n.id LIMIT ${STRIDE}`,
    )
    .iterate({ user, channelId }) as Iterable<{ id: number; isException: number; isMessage: number }>;
  let through = 0;
  let passed = 0;
  let exceptions = 0;
  for (const { id, isException, isMessage } of rows) {
    if (isMessage && !isException) break;
    through = id;
    passed += 1;
    exceptions += isException;
  }
  if (exceptions === 0 && passed < STRIDE) return;
  raiseMark(db, user, { channelId, through });
  db.sqlite
    .prepare(
      "DELETE FROM read_exceptions WHERE user_id = ? AND channel_id = ? AND notification_id <= ? AND is_read = 1",
    )
    .run(user, channelId, through);
}
