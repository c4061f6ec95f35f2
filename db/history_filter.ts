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
  /** Unix ms: what has expired by then is given to nobody. */
  readonly now: number;
}

/** A condition on the row `n` of notifications, with the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const ADDRESSED = (user: string) =>
  `EXISTS (SELECT 1 FROM recipients r WHERE r.user_id = ${user} AND r.channel_id = n.channel_id AND r.notification_id = n.id)`;
const AMONG = (column: string, list: string) => `${column} IN (SELECT value FROM json_each(${list}))`;

/**
 * The filter as a condition, for rows that the caller picks by id: the plus keeps SQLite from going by channel instead.
 * Equal filters but for their values have equal texts, so that each is prepared once.
 */
export function toCondition(filter: HistoryFilter): Condition {
  const { channels, user, seesTargeted, types, events, minSeverity, sender, recipient, key, from, until, now } = filter;
  const terms = ["n.event <> 'removed'", "(n.expires_at IS NULL OR n.expires_at > @now)"];
  const values: Record<string, unknown> = { now };
  const add = (name: string, value: unknown, sql: string) => {
    if (value === undefined) return;
    values[name] = value;
    terms.push(sql);
  };
  add("channels", channels ? JSON.stringify(channels) : undefined, AMONG("+n.channel_id", "@channels"));
  if (!seesTargeted && user === null) terms.push("n.recipients IS NULL");
  if (!seesTargeted) add("user", user ?? undefined, `(n.recipients IS NULL OR ${ADDRESSED("@user")})`);
  add("types", types && JSON.stringify(types), AMONG("n.type", "@types"));
  add("events", events && JSON.stringify(events), AMONG("n.event", "@events"));
  add("minSeverity", minSeverity || undefined, "n.severity >= @minSeverity");
  add("sender", sender, "n.sender = @sender");
  add("recipient", recipient, ADDRESSED("@recipient"));
  add("key", key, "n.key = @key");
  add("from", from, "n.created_at >= @from");
  add("until", until, "n.created_at <= @until");
  return { sql: terms.join(" AND "), values };
}
