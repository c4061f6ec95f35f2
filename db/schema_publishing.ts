/** The tables of what is published later, again, or once, and of the types it has. */
import { index, integer, primaryKey, sqliteTable, text } from "./drizzle.ts";

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

/** A row of {@linkcode scheduled}. */
export type ScheduledRow = typeof scheduled.$inferSelect;
/** A row of {@linkcode escalations}. */
export type EscalationRow = typeof escalations.$inferSelect;
/** A row of {@linkcode types}. */
export type TypeRow = typeof types.$inferSelect;
