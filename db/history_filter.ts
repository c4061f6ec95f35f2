import { isReadByText } from "./reads.ts";

/** Which notifications of the history somebody asks for, and which of them it may see. */
export interface HistoryFilter {
  /** Ids of the only channels; null: all. */
  readonly channels: readonly number[] | null;
  /** Sees what is addressed to this user; null: only what is addressed to nobody. */
  readonly user: string | null;
  /** Sees what is addressed to anybody. */
  readonly seesTargeted: boolean;
  readonly types?: readonly string[] | undefined;
  readonly events?: readonly string[] | undefined;
  /** Lowest rank of severity. */
  readonly minSeverity?: number | undefined;
  readonly sender?: string | undefined;
  /** Only what is addressed to this user. */
  readonly recipient?: string | undefined;
  readonly key?: string | undefined;
  /** When it was published, unix ms; both inclusive. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Only what `user` has read, or has not. */
  readonly read?: boolean | undefined;
  /** Unix ms: what has expired by then is given to nobody. */
  readonly now: number;
}

/** A condition on a row of `notifications`, with the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const ADDRESSED = (user: string) =>
  `EXISTS (SELECT 1 FROM recipients r WHERE r.user_id = ${user} AND r.channel_id = notifications.channel_id AND r.notification_id = notifications.id)`;
const AMONG = (column: string, list: string) => `${column} IN (SELECT value FROM json_each(${list}))`;

/**
 * The filter as a condition, for rows that the caller picks by id: the plus keeps SQLite from going by channel instead.
 * Equal filters but for their values have equal texts, so that each is prepared once.
 */
export function toCondition(filter: HistoryFilter): Condition {
  const { channels, user, seesTargeted, types, events, minSeverity, sender, recipient, key, from, until, read, now } =
    filter;
  const terms = ["event <> 'removed'", "(expires_at IS NULL OR expires_at > @now)"];
  const values: Record<string, unknown> = { now };
  const add = (name: string, value: unknown, sql: string) => {
    if (value === undefined) return;
    values[name] = value;
    terms.push(sql);
  };
  add("channels", channels ? JSON.stringify(channels) : undefined, AMONG("+channel_id", "@channels"));
  if (!seesTargeted && user === null) terms.push("recipients IS NULL");
  if (!seesTargeted) add("user", user ?? undefined, `(recipients IS NULL OR ${ADDRESSED("@user")})`);
  add("types", types && JSON.stringify(types), AMONG("type", "@types"));
  add("events", events && JSON.stringify(events), AMONG("event", "@events"));
  add("minSeverity", minSeverity || undefined, "severity >= @minSeverity");
  add("sender", sender, "sender = @sender");
  add("recipient", recipient, ADDRESSED("@recipient"));
  add("key", key, "key = @key");
  add("from", from, "created_at >= @from");
  if (read !== undefined && user !== null) {
    add("user", user, `${read ? "" : "NOT "}${isReadByText("@user")}`);
  }
  add("until", until, "created_at <= @until");
  return { sql: terms.join(" AND "), values };
}

/** Whether it asks for what a user has not read. */
export function isUnread(filter: HistoryFilter): filter is HistoryFilter & { readonly user: string } {
  return filter.read === false && filter.user !== null;
}
