import type { Database } from "./database.ts";
import { type Condition, type HistoryFilter, toCondition } from "./history_filter.ts";
import { type Direction, HistoryPlan, type Search, type Stretch } from "./history_plan.ts";
import { createTimeFinder } from "./history_times.ts";
import { isReadByText } from "./reads.ts";
import { readTexts } from "./search.ts";
import { createStatements, type Statements } from "./statements.ts";
import { holdsOpen } from "./words.ts";

/** A notification that matches, and how large its JSON is. */
export interface HistoryMatch {
  readonly id: number;
  readonly bytes: number;
}

/** A notification of the history: its id and its JSON text. */
export interface HistoryRow {
  readonly id: number;
  readonly json: string;
}

/** In which order, and how many. */
export interface MatchOptions {
  readonly direction: Direction;
  readonly limit: number;
}

/** Reads the history: says where to look, and what matches there. Statements are prepared once for each shape of filter. */
export class HistoryReader {
  readonly #plan: HistoryPlan;
  /** The part of a range that was published between two times (unix ms), both included, or about then. */
  readonly published: ReturnType<typeof createTimeFinder>;
  readonly #statements: Statements;

  constructor(db: Database) {
    this.#statements = createStatements(db);
    this.#plan = new HistoryPlan(db, this.#statements);
    this.published = createTimeFinder(db);
  }

  /** Where to look for what comes next, see {@linkcode HistoryPlan.inOrder}. */
  stretches(search: Search): Generator<Stretch> {
    return this.#plan.inOrder(search);
  }

  /** Which of a stretch match, the first of them. */
  match(filter: HistoryFilter, stretch: Stretch, { direction, limit }: MatchOptions): HistoryMatch[] {
    const order = direction === "older" ? "DESC" : "ASC";
    const { open } = stretch;
    const { sql, values } = within(toCondition(filter), stretch);
    const columns = `id, octet_length(json) AS bytes${open ? ", json" : ""}`;
    const statement = this.#statements(
      `SELECT ${columns} FROM notifications WHERE ${sql} ORDER BY id ${order} LIMIT @limit`,
    );
    if (!open) return statement.all({ ...values, limit }) as HistoryMatch[];
    const found: HistoryMatch[] = [];
    const rows = statement.iterate({ ...values, limit: -1 }) as IterableIterator<HistoryMatch & HistoryRow>;
    for (const { id, bytes, json } of rows) {
      const { title, message } = readTexts(json);
      if (holdsOpen(title, open) || holdsOpen(message, open)) found.push({ id, bytes });
      if (found.length === limit) break;
    }
    return found;
  }

  /** Where to count, see {@linkcode HistoryPlan.anyOrder}. */
  countable(search: Omit<Search, "direction">): Generator<Stretch> {
    return this.#plan.anyOrder(search);
  }

  /** How many of a stretch match. */
  count(filter: HistoryFilter, stretch: Stretch): number {
    const { sql, values } = within(toCondition(filter), stretch);
    return this.#statements(`SELECT count(*) AS n FROM notifications WHERE ${sql}`).pluck().get(values) as number;
  }

  /** Those of these notifications that are still kept, the newest first, as a user has read them or not; null: nobody. */
  read(ids: readonly number[], user: string | null): HistoryRow[] {
    const isRead = user === null ? "0" : isReadByText("@user");
    const rows = `SELECT id, json, ${isRead} AS isRead FROM notifications WHERE id IN (SELECT value FROM json_each(@ids)) ORDER BY id DESC`;
    const found = this.#statements(rows).all({ ids: JSON.stringify(ids), ...(user !== null && { user }) });
    return (found as { id: number; json: string; isRead: number }[]).map(({ id, json, isRead }) => ({
      id,
      json: isRead ? markRead(json) : json,
    }));
  }

  /** The ids of channels by name. */
  channelIds(names: ReadonlySet<string>): number[] {
    const ids = "SELECT id FROM channels WHERE name IN (SELECT value FROM json_each(?))";
    return this.#statements(ids)
      .pluck()
      .all(JSON.stringify([...names])) as number[];
  }

  /** The keys of a channel that follow a key, in the order of their bytes, each with its newest notification. */
  newestOfKeys(channel: number, after: string, limit: number): { readonly key: string; readonly id: number }[] {
    const next =
      "SELECT min(key) FROM notifications INDEXED BY notifications_key WHERE channel_id = @channel AND key >";
    const sql = `WITH RECURSIVE keys(key) AS (
        VALUES ((${next} @after))
        UNION ALL SELECT (${next} keys.key) FROM keys WHERE keys.key IS NOT NULL
        LIMIT @limit
      )
      SELECT key, (SELECT max(id) FROM notifications n INDEXED BY notifications_key
        WHERE n.channel_id = @channel AND n.key = keys.key) AS id
      FROM keys WHERE key IS NOT NULL`;
    return this.#statements(sql).all({ channel, after, limit }) as { key: string; id: number }[];
  }
}

/**
 * A notification's JSON, read. Inside a JSON string every quote follows a backslash, and of the members that hold objects
 * only `data` may have one with this name, which stands last: so the first is the notification's own.
 */
function markRead(json: string): string {
  return json.replace(',"read":false', ',"read":true');
}

function within({ sql, values }: Condition, { first, last, ids }: Stretch): Condition {
  if (!ids) return { sql: `id BETWEEN @first AND @last AND ${sql}`, values: { ...values, first, last } };
  return {
    sql: `id IN (SELECT value FROM json_each(@ids)) AND ${sql}`,
    values: { ...values, ids: JSON.stringify(ids) },
  };
}
