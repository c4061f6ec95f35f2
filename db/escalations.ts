import type { Sent } from "./acknowledgements.ts";
import { appendAudit } from "./audit.ts";
import type { Appended, Audited } from "./commands.ts";
import type { Database } from "./database.ts";
import { count, eq } from "./drizzle.ts";
import type { DueReader } from "./due.ts";
import type { LogEntry } from "./event_log.ts";
import type { Appender } from "./notifications.ts";
import { escalations, notifications } from "./schema.ts";

/** Commands that send again what nobody has acknowledged. */
export interface EscalationCommands {
  /** Appends a copy, unless it is not the turn of this step any more: another was quicker, or it is over. */
  "escalation.fire": {
    input: { readonly id: number; readonly step: number; readonly nextAt: number; readonly entry: LogEntry };
    result: Appended;
  };
  /** Passes over a step whose channel the sender may not publish to any more; `nextAt` null: there is no further one. */
  "escalation.skip": {
    input: Audited & {
      readonly id: number;
      readonly step: number;
      readonly nextAt: number | null;
      readonly target: string;
      readonly channel: string;
      readonly reason: string;
    };
    result: null;
  };
  /** Sends it again no more. */
  "escalation.end": { input: { readonly id: number }; result: null };
}

/** Sends a copy; see the command. The step is counted in the transaction of the copy, so it is never sent twice. */
export function fireEscalation(
  { db, appender }: { readonly db: Database; readonly appender: Appender },
  { id, step, nextAt, entry }: EscalationCommands["escalation.fire"]["input"],
): Appended {
  const { changes } = db.sqlite
    .prepare("UPDATE escalations SET step = step + 1, next_at = ? WHERE notification_id = ? AND step = ?")
    .run(nextAt, id, step);
  return { appended: changes === 0 ? null : appender.append(entry) };
}

/** Passes over a step; see the command. Nothing, where it is not its turn any more. */
export function skipEscalation(db: Database, input: EscalationCommands["escalation.skip"]["input"]): null {
  const { id, step, nextAt, target, channel, reason } = input;
  const { changes } = db.sqlite
    .prepare("UPDATE escalations SET step = step + 1, next_at = ? WHERE notification_id = ? AND step = ?")
    .run(nextAt ?? input.at, id, step);
  if (changes === 0) return null;
  if (nextAt === null) endEscalation(db, id);
  appendAudit(db, input, { action: "escalation.skip", target, after: { channel, reason } });
  return null;
}

/** Ends an escalation; see the command. */
export function endEscalation(db: Database, id: number): null {
  db.orm.delete(escalations).where(eq(escalations.notificationId, id)).run();
  return null;
}

/** A notification that is to be sent again, with what its copy repeats. */
export interface DueEscalation extends Sent {
  readonly event: string;
  readonly key: string | null;
  readonly json: string;
  /** How many times it was sent again already. */
  readonly step: number;
  /** Time between two attempts, in ms. */
  readonly after: number;
  /** Channels, one after the other, the last one again and again; empty: its own. */
  readonly channels: readonly string[];
  /** JSON of who ordered it; null: that is not known. */
  readonly orderer: string | null;
}

/** Makes the reader of what is to be sent again. */
export function createEscalationReader({ sqlite }: Database): DueReader<DueEscalation> {
  const next = sqlite.prepare("SELECT min(next_at) FROM escalations").pluck();
  const due = sqlite.prepare(
    `SELECT n.id, c.name AS channel, n.event, n.type, n.severity, n.recipients, n.sender, n.token_id AS tokenId, n.key,
       n.ack, n.expires_at AS expiresAt, n.original, n.json, e.step, e.after, e.channels, e.orderer
     FROM escalations e CROSS JOIN notifications n ON n.id = e.notification_id JOIN channels c ON c.id = n.channel_id
     WHERE e.next_at <= ? ORDER BY e.next_at, n.id LIMIT ?`,
  );
  type Row = Omit<DueEscalation, "recipients" | "channels"> &
    Record<"recipients", string | null> &
    Record<"channels", string>;
  return {
    next: () => (next.get() as number | null) ?? undefined,
    due: (now, limit) =>
      (due.all(now, limit) as Row[]).map((row) => ({
        ...row,
        recipients: row.recipients === null ? null : (JSON.parse(row.recipients) as string[]),
        channels: JSON.parse(row.channels) as string[],
      })),
  };
}

/** How a notification is being sent again. */
export interface EscalationState {
  /** How many times it was. */
  readonly sent: number;
  /** When it will be next, in unix ms; null: no more. */
  readonly nextAt: number | null;
}

/** Reads how a notification is being sent again. */
export function readEscalation(db: Database, id: number): EscalationState {
  const copies = db.orm.select({ n: count() }).from(notifications).where(eq(notifications.original, id)).get();
  const row = db.orm
    .select({ nextAt: escalations.nextAt })
    .from(escalations)
    .where(eq(escalations.notificationId, id))
    .get();
  return { sent: copies?.n ?? 0, nextAt: row?.nextAt ?? null };
}
