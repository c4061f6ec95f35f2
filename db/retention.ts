import type { Database } from "./database.ts";
import type { TrimOptions } from "./event_log.ts";
import { deleteNotifications } from "./removal.ts";

/** How much of a channel is kept; null: no such limit. */
export interface Retention {
  readonly days: number | null;
  readonly count: number | null;
}

/** Commands that delete from the beginning of the log, and give space back. */
export interface RetentionCommands {
  /** Deletes everything up to and including an id, or the oldest of it; answers with how many there were. */
  "notification.trim": { input: TrimOptions & { readonly through: number }; result: number };
  /** Gives free pages of the file back, at most so many. */
  "database.shrink": { input: { readonly pages: number }; result: null };
}

/** Rows that one step of a trim deletes. */
const STEP = 500;
const IDS = "(SELECT value FROM json_each(?))";

/** Trims the log; see the command. */
export function trimNotifications(
  db: Database,
  { through, channel, limit = Number.POSITIVE_INFINITY }: RetentionCommands["notification.trim"]["input"],
): number {
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

/** Id of the newest of the oldest notifications of a channel that are older than a time, of `limit` at most; 0: none is. */
export function findAged(
  { sqlite }: Database,
  channelId: number,
  { before, limit }: { readonly before: number; readonly limit: number },
): number {
  const oldest = sqlite
    .prepare("SELECT id, created_at FROM notifications WHERE channel_id = ? ORDER BY id LIMIT ?")
    .raw()
    .all(channelId, limit) as [id: number, createdAt: number][];
  const young = oldest.findIndex(([, createdAt]) => createdAt >= before);
  return oldest[(young < 0 ? oldest.length : young) - 1]?.[0] ?? 0;
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
export function shrinkDatabase({ sqlite }: Database, pages: number): null {
  sqlite.pragma(`incremental_vacuum(${Math.trunc(pages)})`);
  return null;
}
