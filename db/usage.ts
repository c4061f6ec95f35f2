/**
 * What happened, counted by hour, channel and type: for charts that cost nothing to draw. Each fact counts in the hour in
 * which it happened, so that what an hour says does not change afterwards.
 */
import type { Database } from "./database.ts";
import { type FollowStep, readCursor, writeCursor } from "./log_cursor.ts";
import { readHead } from "./notifications.ts";

/** How often notifications of a channel and a type were written to live streams in an hour (unix hours). */
export interface Delivered {
  readonly hour: number;
  readonly channel: string;
  readonly type: string;
  readonly count: number;
}

/** The commands that count. */
export interface UsageCommands {
  /** Counts the next notifications as published, at most `limit`. */
  "usage.countPublished": { input: { readonly limit: number }; result: FollowStep };
  /** Adds what was delivered, and forgets hours before one. */
  "usage.addDelivered": {
    input: { readonly delivered: readonly Delivered[]; readonly forgetBefore: number };
    result: null;
  };
}

/** Milliseconds of an hour. */
export const HOUR = 3_600_000;
/** Buckets of reading times per doubling: each is 19 % wider than the one before. */
const PER_DOUBLING = 4;
const CURSOR = "usage";
/** The type of what is counted by channel only. */
const ANY_TYPE = "";
/** Adds notifications to what was published in their hours; a condition stands between the two. */
const COUNT = `INSERT INTO usage (hour, channel_id, type, published)
  SELECT created_at / ${HOUR}, channel_id, type, count(*) FROM notifications`;
const COUNTED = `event <> 'removed' GROUP BY 1, 2, 3
  ON CONFLICT DO UPDATE SET published = published + excluded.published`;

/** Everything up to this id is counted as published. */
export function createCountedReader(db: Database): () => number {
  return readCursor(db, CURSOR);
}

/** Counts the next notifications as published; see the command. */
export function countPublished(db: Database, { limit }: { readonly limit: number }): FollowStep {
  const start = performance.now();
  const { sqlite } = db;
  const after = readCursor(db, CURSOR)();
  const [last, count] = sqlite
    .prepare("SELECT max(id), count(*) FROM (SELECT id FROM notifications WHERE id > ? ORDER BY id LIMIT ?)")
    .raw()
    .get(after, limit) as [number | null, number];
  const through = last ?? readHead(db);
  sqlite.prepare(`${COUNT} WHERE id > ? AND id <= ? AND ${COUNTED}`).run(after, through);
  if (through > after) writeCursor(db, CURSOR, through);
  return { through, count, ms: performance.now() - start };
}

/** Counts those of these notifications that the cursor has not passed; called before they are deleted. */
export function countBeforeDeletion(db: Database, ids: readonly number[]): void {
  const after = readCursor(db, CURSOR)();
  const uncounted = ids.filter((id) => id > after);
  if (uncounted.length === 0) return;
  db.sqlite
    .prepare(`${COUNT} WHERE id IN (SELECT value FROM json_each(?)) AND ${COUNTED}`)
    .run(JSON.stringify(uncounted));
}

/** Adds what was delivered; see the command. */
export function addDelivered(
  { sqlite }: Database,
  { delivered, forgetBefore }: UsageCommands["usage.addDelivered"]["input"],
): null {
  const add = sqlite.prepare(
    `INSERT INTO usage (hour, channel_id, type, delivered) SELECT ?, id, ?, ? FROM channels WHERE name = ?
     ON CONFLICT DO UPDATE SET delivered = delivered + excluded.delivered`,
  );
  for (const { hour, channel, type, count } of delivered) add.run(hour, type, count, channel);
  for (const table of ["usage", "read_times"]) sqlite.prepare(`DELETE FROM ${table} WHERE hour < ?`).run(forgetBefore);
  return null;
}

/** Counts these notifications as read by somebody at a time (unix ms); called in the transaction that notes so. */
export function countRead(db: Database, ids: readonly number[], at: number): void {
  count(db, "read", { ids, at });
  const rows = db.sqlite
    .prepare(
      "SELECT channel_id, type, created_at FROM notifications WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
    )
    .raw()
    .all(JSON.stringify(ids)) as [channelId: number, type: string, createdAt: number][];
  const add = db.sqlite.prepare(
    "INSERT INTO read_times (hour, channel_id, type, bucket, count) VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
  );
  for (const [channelId, type, createdAt] of rows) add.run(hourOf(at), channelId, type, bucketOf(at - createdAt));
}

/** Counts so many notifications of each channel as read, whatever they are. */
export function countReadOfChannels({ sqlite }: Database, counts: Readonly<Record<string, number>>, at: number): void {
  sqlite
    .prepare(
      `INSERT INTO usage (hour, channel_id, type, read)
       SELECT ?, channels.id, '${ANY_TYPE}', counts.value FROM json_each(?) AS counts JOIN channels ON name = counts.key
       WHERE true ON CONFLICT DO UPDATE SET read = read + excluded.read`,
    )
    .run(hourOf(at), JSON.stringify(counts));
}

/** Counts a notification as acknowledged by somebody. */
export function countAcknowledged(db: Database, id: number, at: number): void {
  count(db, "acknowledged", { ids: [id], at });
}

function count(
  { sqlite }: Database,
  what: "read" | "acknowledged",
  { ids, at }: { readonly ids: readonly number[]; readonly at: number },
): void {
  sqlite
    .prepare(
      `INSERT INTO usage (hour, channel_id, type, ${what})
       SELECT ?, channel_id, type, count(*) FROM notifications WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 2, 3
       ON CONFLICT DO UPDATE SET ${what} = ${what} + excluded.${what}`,
    )
    .run(hourOf(at), JSON.stringify(ids));
}

function hourOf(time: number): number {
  return Math.floor(time / HOUR);
}

/** The bucket of a reading time in ms. */
function bucketOf(ms: number): number {
  return ms < 1 ? 0 : Math.floor(Math.log2(ms) * PER_DOUBLING);
}

/** The reading time, in ms, that stands for a bucket: its middle. */
export function middleOf(bucket: number): number {
  return Math.round(2 ** ((bucket + 0.5) / PER_DOUBLING));
}
