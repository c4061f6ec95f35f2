/**
 * db/ owns WHAT IS REMEMBERED: one SQLite file, its tables, the queries on them and the one writer.
 * It imports nothing else of the project. This file holds the tables; every table is STRICT (see migrations/).
 *
 * Times are unix milliseconds, secrets are SHA-256 hashes in lower-case hex, JSON is stored as text.
 */
import { index, integer, primaryKey, sql, sqliteTable, text } from "./drizzle.ts";

export type { AuditRow, GrantRow, SessionRow, TokenRow, UserRow } from "./schema_access.ts";
export { audit, grants, links, sessions, tokens, users } from "./schema_access.ts";

/** Single values of the database: `epoch` (made with the database) and later settings. */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: text().notNull(),
});

/** Channels: names that notifications are published to. */
export const channels = sqliteTable("channels", {
  id: integer().primaryKey({ autoIncrement: true }),
  name: text().notNull().unique(),
  description: text().notNull().default(""),
  createdAt: integer("created_at").notNull(),
  /** How long notifications are kept, in days, and how many; null: no such limit. */
  retentionDays: integer("retention_days"),
  retentionCount: integer("retention_count"),
  /** Id of the newest notification that retention deleted; 0: none yet. */
  trimmed: integer().notNull().default(0),
});

/**
 * The log. `json` is the notification exactly as it is sent, so that replay concatenates and never encodes again;
 * the other columns repeat what filters need. AUTOINCREMENT keeps an id from ever being given twice.
 */
export const notifications = sqliteTable(
  "notifications",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    channelId: integer("channel_id")
      .notNull()
      .references(() => channels.id),
    event: text().notNull(),
    type: text().notNull(),
    /** Rank of the severity, 0 (info) to 4 (critical). */
    severity: integer().notNull(),
    /** JSON array of user ids, or null: everyone who may read the channel. */
    recipients: text(),
    sender: text().notNull(),
    createdAt: integer("created_at").notNull(),
    /** Replaces, on screens and as the latest state, the earlier one of the channel with the same key. */
    key: text(),
    expiresAt: integer("expires_at"),
    /** Who has to acknowledge it; null: nobody. */
    ack: text({ enum: ["anyone", "everyone"] }),
    /** Of a copy that was sent because nobody acknowledged: id of the notification to acknowledge. */
    original: integer(),
    /** Of a sender that is a token: its id, because names are not unique; 0: `BELFRY_ADMIN_TOKEN`. */
    tokenId: integer("token_id"),
    /** How many messages for everyone the channel had before this one, and whether this is one (see reads.ts). */
    ordinal: integer().notNull().default(0),
    counts: integer().notNull().default(0),
    json: text().notNull(),
  },
  (table) => [
    index("notifications_channel").on(table.channelId, table.id, table.ordinal, table.counts),
    index("notifications_key").on(table.channelId, table.key, table.id).where(sql`${table.key} IS NOT NULL`),
    index("notifications_expiry").on(table.expiresAt).where(sql`${table.expiresAt} IS NOT NULL`),
    index("notifications_targeted")
      .on(table.channelId, table.id, table.event)
      .where(sql`${table.recipients} IS NOT NULL`),
    index("notifications_original").on(table.original).where(sql`${table.original} IS NOT NULL`),
    index("notifications_signals")
      .on(table.channelId, table.id)
      .where(sql`${table.recipients} IS NULL AND ${table.counts} = 0`),
  ],
);

/** Who each targeted notification is for: the way from a user to what only some may see. */
export const recipients = sqliteTable(
  "recipients",
  {
    userId: text("user_id").notNull(),
    channelId: integer("channel_id").notNull(),
    notificationId: integer("notification_id").notNull(),
    /** 1: a message for people, 0: a signal for programs. */
    isMessage: integer("is_message").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.channelId, table.notificationId] })],
);

/** How many messages for everyone were deleted between a row and the next one of its channel: ordinals count them still. */
export const gone = sqliteTable(
  "gone",
  {
    channelId: integer("channel_id").notNull(),
    notificationId: integer("notification_id").notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.notificationId] })],
);

/** Up to where a user has read everything of a channel; `channelId` 0: of all channels. */
export const readMarks = sqliteTable(
  "read_marks",
  {
    userId: text("user_id").notNull(),
    channelId: integer("channel_id").notNull(),
    through: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.channelId] })],
);

/** What differs from a user's marks: read beyond them (1), or unread in spite of them (0). */
export const readExceptions = sqliteTable(
  "read_exceptions",
  {
    userId: text("user_id").notNull(),
    channelId: integer("channel_id").notNull(),
    notificationId: integer("notification_id").notNull(),
    isRead: integer("is_read").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.channelId, table.notificationId] }),
    index("read_exceptions_notification").on(table.notificationId),
  ],
);

/** Who acknowledged what, and when. */
export const acknowledgements = sqliteTable(
  "acknowledgements",
  {
    notificationId: integer("notification_id").notNull(),
    userId: text("user_id").notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.notificationId, table.userId] })],
);

/** To whose live streams a notification that asks for acknowledgement was written first, and when. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    notificationId: integer("notification_id").notNull(),
    userId: text("user_id").notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.notificationId, table.userId] })],
);

/** Notifications that are sent again until somebody acknowledges them. */
export const escalations = sqliteTable(
  "escalations",
  {
    notificationId: integer("notification_id").primaryKey(),
    nextAt: integer("next_at").notNull(),
    /** How many times it was sent again. */
    step: integer().notNull().default(0),
    /** Time between two attempts, in ms. */
    after: integer().notNull(),
    /** JSON array of channels, one after the other, the last one again and again; empty: the channel itself. */
    channels: text().notNull(),
    /** JSON of who ordered it, whose rights each of these channels needs (see server/auth/orderer.ts). */
    orderer: text(),
  },
  (table) => [index("escalations_due").on(table.nextAt)],
);

/** What each user wants to be shown; `json` in the form of server/rules/preferences.ts. */
export const preferences = sqliteTable("preferences", {
  userId: text("user_id").primaryKey(),
  json: text().notNull(),
});

/** Notifications that wait for their time. */
export const scheduled = sqliteTable(
  "scheduled",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    dueAt: integer("due_at").notNull(),
    channel: text().notNull(),
    sender: text().notNull(),
    /** Whose rights it needs when it is due: this user, through this token (0: `BELFRY_ADMIN_TOKEN`). */
    userId: text("user_id"),
    tokenId: integer("token_id"),
    /** JSON of what the user's JWT allowed; null: no JWT. */
    claims: text(),
    createdAt: integer("created_at").notNull(),
    /** What was given, and the draft that it became (see server/rules/waiting.ts). */
    json: text().notNull(),
  },
  (table) => [index("scheduled_due").on(table.dueAt, table.id, table.channel, table.userId, table.tokenId)],
);

/** The first answer to each idempotency key of a sender. */
export const idempotency = sqliteTable(
  "idempotency",
  {
    sender: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of what was sent. */
    hash: text().notNull(),
    /** What it became: a notification, or one that waits for its time. */
    notificationId: integer("notification_id"),
    scheduledId: integer("scheduled_id"),
    /** Of one that waits for its time: what was answered, but for its id. */
    answer: text(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.key] }), index("idempotency_created").on(table.createdAt)],
);

/** The catalogue of types, one row for each version. */
export const types = sqliteTable(
  "types",
  {
    name: text().notNull(),
    version: integer().notNull(),
    description: text().notNull().default(""),
    /** Defaults of what is published with this type; null: none. */
    severity: text(),
    channel: text(),
    title: text(),
    message: text(),
    format: text(),
    /** JSON Schema of `data`; null: anything. */
    schema: text(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
);

/** Counters per hour (unix hours), channel and type. */
export const usage = sqliteTable(
  "usage",
  {
    hour: integer().notNull(),
    channelId: integer("channel_id").notNull(),
    type: text().notNull(),
    published: integer().notNull().default(0),
    delivered: integer().notNull().default(0),
    read: integer().notNull().default(0),
    acknowledged: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.hour, table.channelId, table.type] })],
);

/** How many were read how long after they were published: a histogram, for the median. */
export const readTimes = sqliteTable(
  "read_times",
  {
    hour: integer().notNull(),
    channelId: integer("channel_id").notNull(),
    type: text().notNull(),
    /** Number of the bucket (see usage.ts). */
    bucket: integer().notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.hour, table.channelId, table.type, table.bucket] })],
);

/** A row of {@linkcode channels}. */
export type ChannelRow = typeof channels.$inferSelect;
/** A row of {@linkcode types}. */
export type TypeRow = typeof types.$inferSelect;
/** A row of {@linkcode scheduled}. */
export type ScheduledRow = typeof scheduled.$inferSelect;
/** A row of {@linkcode escalations}. */
export type EscalationRow = typeof escalations.$inferSelect;
