/** The tables of who may do what: users, how they sign in, what they may, and who changed it. */
import { index, integer, sqliteTable, text, uniqueIndex } from "./drizzle.ts";
import { channels } from "./schema_log.ts";

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
  /** Whether another application's token made the user, not an invitation. */
  isFromApplication: integer("is_from_application", { mode: "boolean" }).notNull().default(false),
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
