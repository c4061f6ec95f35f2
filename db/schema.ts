/**
 * db/ owns WHAT IS REMEMBERED: one SQLite file, its tables, the queries on them and the one writer.
 * It imports nothing else of the project. This file holds the tables, each room's in a file of its own; every table is
 * STRICT (see migrations/).
 *
 * Times are unix milliseconds, secrets are SHA-256 hashes in lower-case hex, JSON is stored as text.
 */
import { sqliteTable, text } from "./drizzle.ts";

export {
  type AuditRow,
  audit,
  type GrantRow,
  grants,
  links,
  type SessionRow,
  sessions,
  type TokenRow,
  tokens,
  type UserRow,
  users,
} from "./schema_access.ts";
export { type ChannelRow, channels, gone, notifications, recipients, traits } from "./schema_log.ts";
export {
  type EscalationRow,
  escalations,
  idempotency,
  type ScheduledRow,
  scheduled,
  type TypeRow,
  types,
} from "./schema_publishing.ts";
export { acknowledgements, deliveries, preferences, readExceptions, readMarks } from "./schema_readers.ts";
export { readTimes, usage } from "./schema_usage.ts";

/** Single values of the database: `epoch` (made with the database) and later settings. */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: text().notNull(),
});
