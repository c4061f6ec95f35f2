/**
 * db/ owns WHAT IS REMEMBERED: one SQLite file, its tables, the queries on them and the one writer.
 * It imports nothing else of the project. This file holds the tables; every table is STRICT (see migrations/).
 *
 * Times are unix milliseconds, secrets are SHA-256 hashes in lower-case hex, JSON is stored as text.
 */
import { index, integer, sqliteTable, text, uniqueIndex } from "./drizzle.ts";

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
    json: text().notNull(),
  },
  (table) => [index("notifications_channel").on(table.channelId, table.id)],
);

/**
 * Who may do what on a channel. A permission that no row gives is the admins' alone; `public` readers need no sign-in.
 */
export const grants = sqliteTable(
  "grants",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    channelId: integer("channel_id")
      .notNull()
      .references(() => channels.id, { onDelete: "cascade" }),
    permission: text({ enum: ["read", "publish", "manage"] }).notNull(),
    audience: text({ enum: ["public", "everyone", "user"] }).notNull(),
    /** The user, where the audience is one; otherwise empty. May name a user who has not been seen yet. */
    userId: text("user_id").notNull().default(""),
  },
  (table) => [
    uniqueIndex("grants_one").on(table.channelId, table.permission, table.audience, table.userId),
    index("grants_user").on(table.userId),
  ],
);

/** People who sign in. Ids are strings chosen by the admin or by the issuer of their tokens. */
export const users = sqliteTable("users", {
  id: text().primaryKey(),
  /** Null: a user of another application, known by id alone. */
  email: text().unique(),
  name: text().notNull(),
  role: text({ enum: ["admin", "member"] }).notNull(),
  passwordHash: text("password_hash"),
  createdAt: integer("created_at").notNull(),
  disabledAt: integer("disabled_at"),
});

/** One-time links with which a user sets a password: invitations and resets. `hash` is the SHA-256 of their secret. */
export const links = sqliteTable(
  "links",
  {
    hash: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("links_user").on(table.userId)],
);

/** Signed-in browsers. `hash` is the SHA-256 of the cookie's value. */
export const sessions = sqliteTable(
  "sessions",
  {
    hash: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    lastUsedAt: integer("last_used_at").notNull().default(0),
    address: text().notNull().default(""),
    userAgent: text("user_agent").notNull().default(""),
  },
  (table) => [index("sessions_user").on(table.userId)],
);

/** Credentials for programs. `prefix` is the part that may be shown; the secret itself is never stored. */
export const tokens = sqliteTable(
  "tokens",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().notNull(),
    prefix: text().notNull(),
    hash: text().notNull().unique(),
    /** Whose rights it has, at the most; null: made on the server's own command line, not bound to a user. */
    userId: text("user_id").references(() => users.id, { onDelete: "cascade" }),
    /** JSON array of `read`, `publish`, `admin`. */
    scopes: text().notNull().default('["admin"]'),
    /** JSON array of channel patterns. */
    patterns: text().notNull().default('["*"]'),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
    lastUsedAt: integer("last_used_at"),
    lastUsedAddress: text("last_used_address").notNull().default(""),
  },
  (table) => [index("tokens_user").on(table.userId)],
);

/** Who changed what, appended in the transaction of the change. */
export const audit = sqliteTable("audit", {
  id: integer().primaryKey({ autoIncrement: true }),
  at: integer().notNull(),
  actor: text().notNull(),
  address: text().notNull().default(""),
  action: text().notNull(),
  target: text().notNull(),
  /** JSON of the state before and after the change, without secrets. */
  before: text().notNull().default("{}"),
  after: text().notNull().default("{}"),
});

/** A row of {@linkcode channels}. */
export type ChannelRow = typeof channels.$inferSelect;
/** A row of {@linkcode audit}. */
export type AuditRow = typeof audit.$inferSelect;
/** A row of {@linkcode grants}. */
export type GrantRow = typeof grants.$inferSelect;
/** A row of {@linkcode users}. */
export type UserRow = typeof users.$inferSelect;
/** A row of {@linkcode sessions}. */
export type SessionRow = typeof sessions.$inferSelect;
/** A row of {@linkcode tokens}. */
export type TokenRow = typeof tokens.$inferSelect;
