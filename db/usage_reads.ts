import type { Database } from "./database.ts";
import { HistoryReader } from "./history.ts";
import { readHead } from "./notifications.ts";
import { markAllRead, type ReadCommands } from "./read_marks.ts";
import { createUnreadCounter, type UnreadCounter } from "./unread.ts";
import { countRead, countReadOfChannels } from "./usage.ts";

/** Most that are counted one by one when they are marked together: beyond, what they are counts by channel only. */
const MOST = 100;

/** What counting takes, prepared once for each connection. */
const tools = new WeakMap<Database, { readonly countUnread: UnreadCounter; readonly reader: HistoryReader }>();

/** Marks everything as read and counts what was not, of the channels that the user may read; see the command. */
export function countMarkAllRead(db: Database, input: ReadCommands["notification.markAllRead"]["input"]): boolean {
  const { user, channels, readable = channels, through, at } = input;
  const { countUnread } = toolsOf(db);
  const unread = () => countUnread({ user, channels: readable, seesTargeted: false, now: at });
  const before = unread();
  if (before.reduce((sum, channel) => sum + channel.unread, 0) <= MOST) {
    const ids =
      before.length > 0 ? findUnread(db, { user, channels: before.map(({ channel }) => channel), through, at }) : [];
    const hasChanged = markAllRead(db, input);
    if (ids.length > 0) countRead(db, ids, at);
    return hasChanged;
  }
  const hasChanged = markAllRead(db, input);
  const isAll = through >= readHead(db);
  const after = new Map(isAll ? [] : unread().map(({ channel, unread }) => [channel, unread]));
  const counts = before.map(({ channel, unread }) => [channel, unread - (after.get(channel) ?? 0)] as const);
  countReadOfChannels(db, Object.fromEntries(counts.filter(([, count]) => count > 0)), at);
  return hasChanged;
}

function toolsOf(db: Database) {
  const known = tools.get(db) ?? { countUnread: createUnreadCounter(db), reader: new HistoryReader(db) };
  tools.set(db, known);
  return known;
}

interface UnreadSearch {
  readonly user: string;
  readonly channels: readonly string[];
  readonly through: number;
  readonly at: number;
}

function findUnread(db: Database, { user, channels, through, at }: UnreadSearch): number[] {
  const { reader } = toolsOf(db);
  const ids = reader.channelIds(new Set(channels));
  const filter = { channels: ids, user, seesTargeted: false, read: false, now: at };
  const range = { first: 1, last: Math.min(through, readHead(db)) };
  const options = { direction: "older", limit: MOST } as const;
  return [...reader.stretches({ filter, range, direction: "older" })].flatMap((stretch) =>
    reader.match(filter, stretch, options).map(({ id }) => id),
  );
}
