/** The tables of the log: channels, what was published to them, and whom it is for. */
import { index, integer, primaryKey, sql, sqliteTable, text } from "./drizzle.ts";

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

/** In which blocks of the log a type, event, sender or severity occurs (see traits.ts). */
export const traits = sqliteTable("traits", { trait: text().notNull(), block: integer().notNull() }, (table) => [
  primaryKey({ columns: [table.trait, table.block] }),
  index("traits_block").on(table.block),
]);

/** A row of {@linkcode channels}. */
export type ChannelRow = typeof channels.$inferSelect;
