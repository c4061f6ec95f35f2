import type { Statement } from "better-sqlite3";
import type { Database } from "./database.ts";
import { readHead } from "./notifications.ts";

/** Whose unread messages to count, where. */
export interface UnreadQuestion {
  readonly user: string;
  /** Only these channels; null: all. */
  readonly channels: readonly string[] | null;
  /** Counts what is addressed to others too. */
  readonly seesTargeted: boolean;
  /** Unix milliseconds; what has expired by then counts no more. */
  readonly now: number;
}

/** How many messages of a channel a user has not read. */
export interface UnreadCount {
  readonly channel: string;
  readonly unread: number;
}

/** Counts what a user has not read, by channel; channels without any are left out. */
export type UnreadCounter = (question: UnreadQuestion) => UnreadCount[];

/** The first or the newest row of channel `c` after the mark. */
const edge = (order: "ASC" | "DESC", columns: string) =>
  `(SELECT ${columns} FROM notifications n WHERE n.channel_id = c.id AND n.id > c.mark ORDER BY n.id ${order} LIMIT 1)`;

const TO_USER = {
  count: `SELECT count(*) FROM recipients r
    WHERE r.user_id = @user AND r.channel_id = c.id AND r.notification_id > c.mark AND r.is_message`,
  /** Whether row `n` is addressed to whom it is counted for. */
  includes: `(n.recipients IS NULL OR EXISTS (SELECT 1 FROM recipients r
    WHERE r.user_id = @user AND r.channel_id = n.channel_id AND r.notification_id = n.id))`,
};
const TO_ANYBODY = {
  count: `SELECT count(*) FROM notifications n INDEXED BY notifications_targeted
    WHERE n.channel_id = c.id AND n.id > c.mark AND n.recipients IS NOT NULL AND n.event = 'notification'`,
  includes: "TRUE",
};

/**
 * Nothing here walks over messages for everyone: each row knows how many of them its channel had before it (`ordinal`),
 * so those after the mark are a difference between two rows, less what was deleted between them (`gone`). What is
 * addressed to the user, what differs from the marks (see reads.ts), and what has expired and is not deleted yet, are
 * few, and are counted.
 */
const countSql = (targeted: typeof TO_USER) => `
  WITH marked AS MATERIALIZED (
    SELECT c.id, c.name, (SELECT coalesce(max(through), 0) FROM read_marks
      WHERE user_id = @user AND channel_id IN (0, c.id)) AS mark
    FROM channels c WHERE @channels IS NULL OR c.name IN (SELECT value FROM json_each(@channels))
  ), edged AS MATERIALIZED (
    SELECT c.id, c.name, c.mark, ${edge("ASC", "n.id")} AS first, ${edge("DESC", "n.id")} AS last,
      coalesce(${edge("DESC", "n.ordinal + n.counts")} - ${edge("ASC", "n.ordinal")}, 0) AS difference
    FROM marked c
  ), expired AS MATERIALIZED (
    SELECT c.id, count(*) AS n
    FROM notifications n INDEXED BY notifications_expiry JOIN marked c ON c.id = n.channel_id
    WHERE n.expires_at <= @now AND n.event = 'notification' AND ${targeted.includes}
      AND NOT coalesce((SELECT is_read FROM read_exceptions e
        WHERE e.user_id = @user AND e.channel_id = n.channel_id AND e.notification_id = n.id), n.id <= c.mark)
    GROUP BY c.id
  ), counted AS MATERIALIZED (
    SELECT c.name, c.difference + (${targeted.count})
      - (SELECT coalesce(sum(g.count), 0) FROM gone g
          WHERE g.channel_id = c.id AND g.notification_id >= c.first AND g.notification_id < c.last)
      - (SELECT coalesce(sum(iif(e.is_read, 1, -1)), 0) FROM read_exceptions e
          WHERE e.user_id = @user AND e.channel_id = c.id)
      - coalesce((SELECT n FROM expired x WHERE x.id = c.id), 0) AS unread
    FROM edged c
  )
  SELECT name AS channel, unread FROM counted WHERE unread > 0 ORDER BY name`;

/** Makes an {@linkcode UnreadCounter}: hot, so its statements are prepared once; that of admins when one asks. */
export function createUnreadCounter({ sqlite }: Database): UnreadCounter {
  const own = sqlite.prepare(countSql(TO_USER));
  let all: Statement | undefined;
  return ({ user, channels, seesTargeted, now }) => {
    if (seesTargeted) all ??= sqlite.prepare(countSql(TO_ANYBODY));
    const statement = seesTargeted && all ? all : own;
    return statement.all({ user, now, channels: channels && JSON.stringify(channels) }) as UnreadCount[];
  };
}

/** What a user has not read, and the id of the newest notification of that moment: what comes later is not counted. */
export interface UnreadSnapshot {
  readonly head: number;
  readonly counts: readonly UnreadCount[];
}

/** Makes an {@linkcode UnreadCounter} that says of which moment its counts are. */
export function createUnreadSnapshots(db: Database): (question: UnreadQuestion) => UnreadSnapshot {
  const count = createUnreadCounter(db);
  return db.sqlite.transaction((question) => ({ head: readHead(db), counts: count(question) }));
}
