/**
 * Ways into the log, each through an index: the ids of a channel that may concern somebody, in order, a chunk at a time
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

/** The ids of one channel, in the direction of its way. */
export interface Source {
  readonly channel: number;
  /** The first of all is this id, or comes after it. */
  readonly bound: number;
  /** The next ids of a range, at most so many; fewer: there are no more. */
  next(range: Range, limit: number): number[];
}

/** Finds the sources of channels that have something in a range. */
export type Way = (channels: readonly number[], range: Range) => Source[];

/** The ways of one direction; their statements are prepared once. */
export interface Ways {
  /** Everything of a channel. */
  readonly all: Way;
  /** Messages for everyone. */
  readonly messages: Way;
  /** Signals for everyone. */
  readonly signals: Way;
  /** What is addressed to a user. */
  addressed(user: string): Way;
  /** What a user has not read though it stands before the user's mark. */
  exceptions(user: string): Way;
  /** What has a key. */
  keyed(key: string): Way;
}

/** Makes the {@linkcode Ways} of a direction. */
export function createWays(db: Database, direction: Direction): Ways {
  const rows = (index: string, condition = "TRUE") => ({
    table: `notifications INDEXED BY ${index}`,
    id: "id",
    condition,
  });
  const ofUser = (table: string, condition = "TRUE") => ({
    table,
    id: "notification_id",
    condition: `user_id = @value AND ${condition}`,
  });
  const all = createWay(db, direction, rows("notifications_channel"));
  const signals = createWay(db, direction, rows("notifications_signals", "recipients IS NULL AND counts = 0"));
  const keyed = createWay(db, direction, rows("notifications_key", "key = @value"));
  const addressed = createWay(db, direction, ofUser("recipients"));
  const exceptions = createWay(db, direction, ofUser("read_exceptions", "is_read = 0"));
  const nextMessages = createMessageSource(db, direction);
  return {
    all: all.way(null),
    messages: (channels, range) =>
      all.bounds(null, channels, range).map(([channel, bound]) => ({
        channel,
        bound,
        next: (part, limit) => nextMessages(channel, part, limit),
      })),
    signals: signals.way(null),
    addressed: (user) => addressed.way(user),
    exceptions: (user) => exceptions.way(user),
    keyed: (key) => keyed.way(key),
  };
}

/** Where the ids of a channel stand, for one value of what else the index holds. */
interface Place {
  readonly table: string;
  readonly id: string;
  readonly condition: string;
}

function createWay({ sqlite }: Database, direction: Direction, { table, id, condition }: Place) {
  const [order, end] = direction === "older" ? ["DESC", "max"] : ["ASC", "min"];
  const within = `${condition} AND ${id} BETWEEN @first AND @last`;
  const next = sqlite
    .prepare(
      `SELECT ${id} FROM ${table} WHERE channel_id = @channel AND ${within} ORDER BY ${id} ${order} LIMIT @limit`,
    )
    .pluck();
  const bounds = sqlite
    .prepare(
      `SELECT c.value, (SELECT ${end}(${id}) FROM ${table} WHERE channel_id = c.value AND ${within})
       FROM json_each(@channels) c`,
    )
    .raw();
  const readBounds = (value: string | null, channels: readonly number[], { first, last }: Range) => {
    const read = bounds.all({ value, channels: JSON.stringify(channels), first, last }) as [number, number | null][];
    return read.filter((row): row is [channel: number, bound: number] => row[1] !== null);
  };
  const way =
    (value: string | null): Way =>
    (channels, range) =>
      readBounds(value, channels, range).map(([channel, bound]) => ({
        channel,
        bound,
        next: ({ first, last }, limit) => next.all({ value, channel, first, last, limit }) as number[],
      }));
  return { way, bounds: readBounds };
}

type OrdinalRow = [id: number, ordinal: number, counts: number];

/** Fewest rows that are looked at for a message: beyond so many that are none it is jumped. */
const FEWEST = 8;

/**
 * The messages for everyone, told by the index alone. Ordinals say how many of them a channel had before each row, so a
 * run of rows for others, however long, is jumped over by halving.
 */
function createMessageSource(
  { sqlite }: Database,
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
