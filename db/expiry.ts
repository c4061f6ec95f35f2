import type { Database } from "./database.ts";
import { takeBatch } from "./deletion_batch.ts";
import type { DueReader } from "./due.ts";
import type { LogRecord } from "./event_log.ts";

/** A notification whose time is over, without what it said. */
export type ExpiredRecord = Omit<LogRecord, "json" | "createdAt">;

/** Makes the reader of what expires: as much of it as one step deletes. */
export function createExpiryReader({ sqlite }: Database): DueReader<ExpiredRecord> {
  const next = sqlite.prepare("SELECT min(expires_at) FROM notifications WHERE expires_at IS NOT NULL").pluck();
  const due = sqlite.prepare(
    `SELECT n.id, c.name AS channel, n.event, n.type, n.severity, n.recipients
     FROM notifications n CROSS JOIN channels c ON c.id = n.channel_id
     WHERE n.expires_at <= ? ORDER BY n.expires_at, n.id`,
  );
  return {
    next: () => (next.get() as number | null) ?? undefined,
    due: (now) => {
      const rows = due.iterate(now) as Iterable<Row>;
      return takeBatch(Iterator.from(rows).map(toRecord), ({ recipients }) => recipients?.length ?? 0);
    },
  };
}

type Row = Omit<ExpiredRecord, "recipients"> & { readonly recipients: string | null };

function toRecord(row: Row): ExpiredRecord {
  return { ...row, recipients: row.recipients === null ? null : (JSON.parse(row.recipients) as string[]) };
}
