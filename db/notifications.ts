import type { Database } from "./database.ts";
import { NotFoundError } from "./errors.ts";
import { joinJson, type LogEntry, type LogRecord } from "./event_log.ts";

/** Appends entries inside the transaction that the writer has open. */
export interface Appender {
  /**
   * Forgets what it knows, and reads the last id given: at the start of each transaction, and after a rollback inside
   * it. SQLite gives the ids of a channel that was rolled back to the next one.
   */
  begin(): void;
  /** Inserts one entry and answers with its id. @throws {NotFoundError} when its channel does not exist. */
  append(entry: LogEntry): number;
}

/** Makes an {@linkcode Appender}: hot, so its statements are prepared once; a transaction looks a channel up once. */
export function createAppender({ sqlite, epoch }: Database): Appender {
  const lastId = sqlite.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'notifications'").pluck();
  const channelId = sqlite.prepare("SELECT id FROM channels WHERE name = ?").pluck();
  const nextOrdinal = createOrdinalReader(sqlite);
  const insert = sqlite.prepare(
    "INSERT INTO notifications (id, channel_id, event, type, severity, recipients, sender, created_at, key, expires_at, ack, original, token_id, ordinal, counts, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const address = sqlite.prepare("INSERT OR IGNORE INTO recipients VALUES (?, ?, ?, ?)");
  const escalation = sqlite.prepare(
    "INSERT INTO escalations (notification_id, next_at, after, channels, orderer) VALUES (?, ?, ?, ?, ?)",
  );
  const known = new Map<string, { readonly id: number; ordinal: number }>();
  let last = 0;

  const findChannel = (name: string) => {
    let channel = known.get(name);
    if (channel === undefined) {
      const id = channelId.get(name) as number | undefined;
      if (id === undefined) throw new NotFoundError(`Cannot publish: there is no channel "${name}"; create it first`);
      channel = { id, ordinal: nextOrdinal(id) };
      known.set(name, channel);
    }
    return channel;
  };

  return {
    begin: () => {
      known.clear();
      last = (lastId.get() as number | undefined) ?? 0;
    },
    append: (entry) => {
      const { event, type, severity, recipients, sender, createdAt, key, expiresAt, ack, original, escalate, tokenId } =
        entry;
      const id = last + 1;
      const channel = findChannel(entry.channel);
      const isMessage = event === "notification" ? 1 : 0;
      const counts = recipients ? 0 : isMessage;
      const to = recipients && JSON.stringify(recipients);
      const rest = [key ?? null, expiresAt ?? null, ack ?? null, original ?? null, tokenId ?? null];
      const json = joinJson(epoch, id, entry.tail);
      insert.run(id, channel.id, event, type, severity, to, sender, createdAt, ...rest, channel.ordinal, counts, json);
      for (const user of recipients ?? []) address.run(user, channel.id, id, isMessage);
      if (escalate) {
        const { after, channels, orderer = null } = escalate;
        escalation.run(id, createdAt + after, after, JSON.stringify(channels), orderer);
      }
      channel.ordinal += counts;
      last = id;
      return id;
    },
  };
}

/**
 * Makes the reader of the ordinal that the next notification of a channel gets: greater than all that were given and
 * are still counted, those of deleted messages included.
 */
function createOrdinalReader(sqlite: Database["sqlite"]): (channelId: number) => number {
  const next = sqlite
    .prepare(
      `SELECT n.ordinal + n.counts + coalesce(g.count, 0)
       FROM notifications n LEFT JOIN gone g ON g.channel_id = n.channel_id AND g.notification_id = n.id
       WHERE n.channel_id = ? ORDER BY n.id DESC LIMIT 1`,
    )
    .pluck();
  return (channelId) => (next.get(channelId) as number | undefined) ?? 0;
}

type PageRow = [
  id: number,
  channel: string,
  event: string,
  type: string,
  severity: number,
  recipients: string | null,
  createdAt: number,
  expiresAt: number | null,
  ack: string | null,
  json: string,
];

/** Reads records of a range of ids: more than `after`, at most `through`, at most `limit`, in order. */
export type RangeReader = (
  after: number,
  through: number,
  limit: number,
  channels?: ReadonlySet<string>,
) => LogRecord[];

/** Makes a {@linkcode RangeReader}: hot, so its statements are prepared once and rows come as arrays. */
export function createRangeReader({ sqlite }: Database): RangeReader {
  const columns = "n.id, c.name, n.event, n.type, n.severity, n.recipients, n.created_at, n.expires_at, n.ack, n.json";
  const from = "FROM notifications n CROSS JOIN channels c ON c.id = n.channel_id";
  const range = "WHERE n.id > ? AND n.id <= ?";
  const all = sqlite.prepare(`SELECT ${columns} ${from} ${range} ORDER BY n.id LIMIT ?`).raw();
  const some = sqlite
    .prepare(`SELECT ${columns} ${from} ${range} AND c.name IN (SELECT value FROM json_each(?)) ORDER BY n.id LIMIT ?`)
    .raw();
  return (after, through, limit, only) => {
    const rows = only ? some.all(after, through, JSON.stringify([...only]), limit) : all.all(after, through, limit);
    return (rows as PageRow[]).map(
      ([id, channel, event, type, severity, recipients, createdAt, expiresAt, ack, json]) => ({
        id,
        channel,
        event,
        type,
        severity,
        recipients: recipients === null ? null : (JSON.parse(recipients) as string[]),
        createdAt,
        expiresAt: expiresAt ?? undefined,
        asksAck: ack === null ? undefined : true,
        json,
      }),
    );
  };
}

/** Id of the newest notification ever committed, 0 when there never was one. */
export function readHead({ sqlite }: Database): number {
  const seq = sqlite.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'notifications'").pluck().get();
  return (seq as number | undefined) ?? 0;
}

/** Id of the oldest notification kept; undefined when none is. */
export function readOldest(db: Database): number | undefined {
  return createOldestReader(db)();
}

/** Reads about the notifications of these channels; absent: of all. */
export type ChannelsReader<Result> = (channels?: ReadonlySet<string>) => Result;

/** Makes a {@linkcode readOldest} that is asked often. */
export function createOldestReader({ sqlite }: Database): ChannelsReader<number | undefined> {
  const all = sqlite.prepare("SELECT min(id) FROM notifications").pluck();
  const some = sqlite
    .prepare(
      `SELECT min((SELECT min(id) FROM notifications WHERE channel_id = channels.id)) FROM channels
       WHERE name IN (SELECT value FROM json_each(?))`,
    )
    .pluck();
  return (only) => ((only ? some.get(JSON.stringify([...only])) : all.get()) as number | null) ?? undefined;
}

/** Makes the reader of the newest id that a trim deleted; 0: none was. */
export function createTrimmedReader({ sqlite }: Database): ChannelsReader<number> {
  const all = sqlite.prepare("SELECT coalesce(max(trimmed), 0) FROM channels").pluck();
  const some = sqlite
    .prepare("SELECT coalesce(max(trimmed), 0) FROM channels WHERE name IN (SELECT value FROM json_each(?))")
    .pluck();
  return (only) => (only ? some.get(JSON.stringify([...only])) : all.get()) as number;
}
