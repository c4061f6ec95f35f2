/**
 * Ways into the log, each through an index: the ids of one channel that may concern somebody, in order, a chunk at a time
 * and at a cost that does not depend on how many others lie between them.
 */
import type { Database } from "./database.ts";

/** Towards older or newer notifications. */
export type Direction = "older" | "newer";

/** Part of the log, both ends included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** The next ids of a range, at most so many, in the direction of the source; fewer: there are no more. */
export type Source = (range: Range, limit: number) => number[];

/** Makes the sources of one direction; their statements are prepared once. */
export interface Sources {
  /** Everything of a channel. */
  all(channel: number): Source;
  /** Messages for everyone. */
  messages(channel: number): Source;
  /** Signals for everyone. */
  signals(channel: number): Source;
  /** What is addressed to a user. */
  addressed(channel: number, user: string): Source;
  /** What a user has not read though it stands before the user's mark. */
  exceptions(channel: number, user: string): Source;
  /** What has a key. */
  keyed(channel: number, key: string): Source;
}

/** Fewest rows that {@linkcode Sources.messages} looks at: beyond so many for others it jumps. */
const FEWEST = 8;

/** Makes the {@linkcode Sources} of a direction. */
export function createSources({ sqlite }: Database, direction: Direction): Sources {
  const order = direction === "older" ? "DESC" : "ASC";
  const prepare = (index: string, where: string) =>
    sqlite
      .prepare(
        `SELECT id FROM notifications INDEXED BY ${index} WHERE ${where} AND id BETWEEN ? AND ? ORDER BY id ${order} LIMIT ?`,
      )
      .pluck();
  const all = prepare("notifications_channel", "channel_id = ?");
  const signals = prepare("notifications_signals", "channel_id = ? AND recipients IS NULL AND counts = 0");
  const keyed = prepare("notifications_key", "channel_id = ? AND key = ?");
  const ofUser = (table: string) =>
    sqlite
      .prepare(
        `SELECT notification_id FROM ${table} AND channel_id = ? AND user_id = ? AND notification_id BETWEEN ? AND ? ORDER BY notification_id ${order} LIMIT ?`,
      )
      .pluck();
  const addressed = ofUser("recipients WHERE TRUE");
  const exceptions = ofUser("read_exceptions WHERE is_read = 0");
  const nextMessages = createMessageSource(sqlite, direction);
  return {
    all: (channel) => (range, limit) => all.all(channel, range.first, range.last, limit) as number[],
    messages: (channel) => (range, limit) => nextMessages(channel, range, limit),
    signals: (channel) => (range, limit) => signals.all(channel, range.first, range.last, limit) as number[],
    addressed: (channel, user) => (range, limit) =>
      addressed.all(channel, user, range.first, range.last, limit) as number[],
    exceptions: (channel, user) => (range, limit) =>
      exceptions.all(channel, user, range.first, range.last, limit) as number[],
    keyed: (channel, key) => (range, limit) => keyed.all(channel, key, range.first, range.last, limit) as number[],
  };
}

type OrdinalRow = [id: number, ordinal: number, counts: number];

/**
 * The messages for everyone, told by the index alone. Ordinals say how many of them a channel had before each row, so a
 * run of rows for others, however long, is jumped over by halving.
 */
function createMessageSource(
  sqlite: Database["sqlite"],
  direction: Direction,
): (channel: number, range: Range, limit: number) => number[] {
  const isOlder = direction === "older";
  const columns = "SELECT id, ordinal, counts FROM notifications INDEXED BY notifications_channel WHERE channel_id = ?";
  const rows = sqlite
    .prepare(`${columns} AND id BETWEEN ? AND ? ORDER BY id ${isOlder ? "DESC" : "ASC"} LIMIT ?`)
    .raw();
  const at = sqlite.prepare(`${columns} AND id >= ? ORDER BY id LIMIT 1`).raw();

  /** The first row of which, with those before it, the channel had so many messages. */
  const find = (channel: number, { first, last }: Range, messages: number): number | undefined => {
    const has = (row: OrdinalRow | undefined) => !row || row[1] + row[2] >= messages;
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = at.get(channel, middle) as OrdinalRow | undefined;
      if (has(row)) high = middle;
      else low = (row?.[0] ?? middle) + 1;
    }
    return (at.get(channel, low) as OrdinalRow | undefined)?.[0];
  };

  return (channel, range, limit) => {
    const found: number[] = [];
    let { first, last } = range;
    while (first <= last && found.length < limit) {
      const size = Math.max(FEWEST, limit - found.length);
      const chunk = rows.all(channel, first, last, size) as OrdinalRow[];
      for (const [id, , counts] of chunk) if (counts === 1 && found.length < limit) found.push(id);
      const end = chunk.at(-1);
      if (!end || chunk.length < size) break;
      const [id, ordinal, counts] = end;
      if (isOlder) last = id - 1;
      else first = id + 1;
      if (chunk.some(([, , one]) => one === 1)) continue;
      const next = find(channel, { first, last }, isOlder ? ordinal : ordinal + counts + 1);
      if (next === undefined) break;
      if (isOlder) last = Math.min(last, next);
      else first = next;
    }
    return found;
  };
}
