/** The tables of what users have done with notifications, and of what they want to be shown. */
import { index, integer, primaryKey, sqliteTable, text } from "./drizzle.ts";

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

/** What each user wants to be shown; `json` in the form of server/rules/preferences.ts. */
export const preferences = sqliteTable("preferences", {
  userId: text("user_id").primaryKey(),
  json: text().notNull(),
});
