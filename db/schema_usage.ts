/** The tables of what was counted. */
import { integer, primaryKey, sqliteTable, text } from "./drizzle.ts";

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
