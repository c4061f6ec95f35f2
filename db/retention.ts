import type { Database } from "./database.ts";
import { takeBatch } from "./deletion_batch.ts";
import type { TrimOptions } from "./event_log.ts";
import { deleteNotifications } from "./removal.ts";
import type { Step } from "./step.ts";

/** How much of a channel is kept; null: no such limit. */
export interface Retention {
  readonly days: number | null;
  readonly count: number | null;
}

/** Commands that delete from the beginning of the log, and give space back. */
export interface RetentionCommands {
  /**
   * Deletes everything up to and including an id, or the oldest of it; answers with how many there were. With a rule, it
   * deletes only while the channel keeps just so much: the rule may have been taken back meanwhile.
   */
  "notification.trim": { input: TrimOptions & { readonly through: number; readonly rule?: Retention }; result: Step };
  /** Gives free pages of the file back, at most so many; answers with how many it were. */
  "database.shrink": { input: { readonly pages: number }; result: Step };
}

/** Rows that one step of a trim deletes. */
const STEP = 500;
const IDS = "(SELECT value FROM json_each(?))";

/** Trims the log; see the command. */
export function trimNotifications(
  db: Database,
  { through, channel, rule, limit = Number.POSITIVE_INFINITY }: RetentionCommands["notification.trim"]["input"],
): number {
  if (channel !== undefined && rule && !isRuleOf(db, channel, rule)) return 0;
  const within = channel === undefined ? "" : "channel_id = (SELECT id FROM channels WHERE name = ?) AND";
  const next = db.sqlite.prepare(`SELECT id FROM notifications WHERE ${within} id <= ? ORDER BY id LIMIT ?`).pluck();
  const oldest = (count: number) => next.all(...(channel === undefined ? [] : [channel]), through, count) as number[];
  let deleted = 0;
  while (deleted < limit) {
    const ids = oldest(Math.min(STEP, limit - deleted));
    if (ids.length === 0) break;
    deleted += trim(db, ids);
  }
  return deleted;
}

function isRuleOf({ sqlite }: Database, channel: string, { days, count }: Retention): boolean {
  const same = sqlite.prepare("SELECT 1 FROM channels WHERE name = ? AND retention_days IS ? AND retention_count IS ?");
  return same.get(channel, days, count) !== undefined;
}

/** Deletes the oldest of their channels; readers that had not come so far are told by `trimmed`. */
function trim(db: Database, ids: readonly number[]): number {
  db.sqlite
    .prepare(
      `UPDATE channels SET trimmed = max(trimmed, deleted.newest) FROM (
         SELECT channel_id, max(id) AS newest FROM notifications WHERE id IN ${IDS} GROUP BY channel_id
       ) AS deleted WHERE deleted.channel_id = channels.id`,
    )
    .run(JSON.stringify(ids));
  return deleteNotifications(db, ids);
}

/** A channel that does not keep everything. */
export interface LimitedChannel extends Retention {
  readonly id: number;
  readonly name: string;
}

/** Lists the channels that do not keep everything. */
export function listLimitedChannels({ sqlite }: Database): LimitedChannel[] {
  return sqlite
    .prepare(
      `SELECT id, name, retention_days AS days, retention_count AS count FROM channels
       WHERE retention_days IS NOT NULL OR retention_count IS NOT NULL ORDER BY id`,
    )
    .all() as LimitedChannel[];
}

/** The oldest of a channel that came before a time (unix ms), or up to an id. */
export interface Deletable {
  readonly before: number;
  readonly through: number;
}

/** Id of the newest of the deletable ones that one step deletes; 0: nothing is to be deleted. */
export function findDeletable({ sqlite }: Database, channelId: number, { before, through }: Deletable): number {
  const oldest = sqlite
    .prepare(
      `SELECT id, created_at AS createdAt, coalesce(json_array_length(recipients), 0) AS recipients
       FROM notifications WHERE channel_id = ? ORDER BY id`,
    )
    .iterate(channelId) as Iterable<Candidate>;
  const deletable = takeWhile(oldest, ({ id, createdAt }) => createdAt < before || id <= through);
  return takeBatch(deletable, ({ recipients }) => recipients).at(-1)?.id ?? 0;
}

interface Candidate {
  readonly id: number;
  readonly createdAt: number;
  readonly recipients: number;
}

function* takeWhile<Row>(rows: Iterable<Row>, isDue: (row: Row) => boolean): Iterable<Row> {
  for (const row of rows) {
    if (!isDue(row)) return;
    yield row;
  }
}

/** The notifications of a channel below an id, the newest `limit`: how many there are, and the oldest id of them. */
export function countBelow(
  { sqlite }: Database,
  channelId: number,
  { below, limit }: { readonly below: number; readonly limit: number },
): { readonly count: number; readonly oldest: number } {
  return sqlite
    .prepare(
      `SELECT count(*) AS count, coalesce(min(id), 0) AS oldest FROM (
         SELECT id FROM notifications WHERE channel_id = ? AND id < ? ORDER BY id DESC LIMIT ?)`,
    )
    .get(channelId, below, limit) as { readonly count: number; readonly oldest: number };
}

/** Pages of the database's file that hold nothing, and all of them. */
export function readFreeSpace({ sqlite }: Database): { readonly free: number; readonly total: number } {
  const read = (name: string) => sqlite.pragma(name, { simple: true }) as number;
  return { free: read("freelist_count"), total: read("page_count") };
}

/** Gives free pages back; see the command. */
export function shrinkDatabase(db: Database, pages: number): number {
  const before = readFreeSpace(db).free;
  db.sqlite.pragma(`incremental_vacuum(${Math.trunc(pages)})`);
  return before - readFreeSpace(db).free;
}
