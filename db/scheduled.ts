import { type AuditAction, appendAudit } from "./audit.ts";
import type { Appended, Audited } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, asc, eq, inArray, or, sql } from "./drizzle.ts";
import type { DueReader } from "./due.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import type { LogEntry } from "./event_log.ts";
import { type First, findFirst, type Once, rememberFirst } from "./idempotency.ts";
import type { Appender } from "./notifications.ts";
import { type ScheduledRow, scheduled } from "./schema.ts";

/** What is to wait for its time. */
export type NewScheduled = Omit<ScheduledRow, "id">;

/** What is due, as it was read: where it has changed since, it is left alone. */
export type ReadScheduled = Pick<ScheduledRow, "id" | "dueAt" | "json">;

/** Commands on what waits for its time. */
export interface ScheduledCommands {
  /**
   * Answers with its id, or, where its key has come before, with the first. `answer`: the JSON of what its publisher is
   * answered, but for its id. @throws {ConflictError}
   */
  "scheduled.create": {
    input: { readonly row: NewScheduled; readonly once: Once | null; readonly answer: string };
    result: { readonly id: number; readonly first: null } | { readonly id: null; readonly first: First };
  };
  /** `fields`: what was changed, for the audit trail. @throws {NotFoundError} {ConflictError} when another changed it. */
  "scheduled.update": {
    input: Audited & {
      readonly read: ReadScheduled;
      readonly changes: Partial<NewScheduled>;
      readonly fields: readonly string[];
    };
    result: ScheduledRow;
  };
  "scheduled.cancel": { input: Audited & { readonly id: number }; result: ScheduledRow };
  /** Puts it into the log; nothing where it is gone or has changed. */
  "scheduled.release": { input: { readonly read: ReadScheduled; readonly entry: LogEntry }; result: Appended };
  /** Deletes what is due and must not be sent. */
  "scheduled.drop": { input: Audited & { readonly read: ReadScheduled; readonly reason: string }; result: null };
}

type Input<Kind extends keyof ScheduledCommands> = ScheduledCommands[Kind]["input"];

/** Stores what waits for its time; see the command. */
export function createScheduled(
  db: Database,
  { row, once, answer }: Input<"scheduled.create">,
): ScheduledCommands["scheduled.create"]["result"] {
  const first = once && findFirst(db, once);
  if (first) return { id: null, first };
  const { id } = db.orm.insert(scheduled).values(row).returning({ id: scheduled.id }).get();
  if (once) rememberFirst(db, once, { scheduledId: id, answer });
  return { id, first: null };
}

/** Changes what waits for its time; see the command. */
export function updateScheduled(db: Database, input: Input<"scheduled.update">): ScheduledRow {
  const { read, changes, fields } = input;
  const after = db.orm.update(scheduled).set(changes).where(isUnchanged(read)).returning().get();
  if (after) {
    audit(db, input, { action: "scheduled.update", row: after, details: { fields, dueAt: after.dueAt } });
    return after;
  }
  if (!findScheduled(db, read.id)) throw new NotFoundError(gone("reschedule", read.id));
  throw new ConflictError(`Cannot reschedule ${read.id}: somebody else changed it meanwhile; try again`);
}

/** Deletes what waits for its time. @throws {NotFoundError} */
export function cancelScheduled(db: Database, input: Input<"scheduled.cancel">): ScheduledRow {
  const row = db.orm.delete(scheduled).where(eq(scheduled.id, input.id)).returning().get();
  if (!row) throw new NotFoundError(gone("cancel", input.id));
  audit(db, input, { action: "scheduled.cancel", row, details: { dueAt: row.dueAt } });
  return row;
}

/** Puts what is due into the log; see the command. */
export function releaseScheduled(
  { db, appender }: { readonly db: Database; readonly appender: Appender },
  { read, entry }: Input<"scheduled.release">,
): Appended {
  const { changes } = db.orm.delete(scheduled).where(isUnchanged(read)).run();
  return { appended: changes === 0 ? null : appender.append(entry) };
}

/** Deletes what must not be sent; see the command. */
export function dropScheduled(db: Database, input: Input<"scheduled.drop">): null {
  const { read, reason } = input;
  const row = db.orm.delete(scheduled).where(isUnchanged(read)).returning().get();
  if (row) audit(db, input, { action: "scheduled.drop", row, details: { reason } });
  return null;
}

/** Deletes what waits for its time and is a user's who is deleted: another may get the user's id. */
export function dropScheduledOf(db: Database, user: string, audited: Audited): void {
  const rows = db.orm.delete(scheduled).where(eq(scheduled.userId, user)).returning().all();
  for (const row of rows) {
    audit(db, audited, { action: "scheduled.drop", row, details: { reason: "its sender was deleted" } });
  }
}

/** Finds what waits for its time. */
export function findScheduled(db: Database, id: number): ScheduledRow | undefined {
  return db.orm.select().from(scheduled).where(eq(scheduled.id, id)).get();
}

/** A position among what waits: in the order of their times. */
export interface ScheduledPosition {
  readonly dueAt: number;
  readonly id: number;
}

/** Which of those that wait to list. */
export interface ScheduledFilter {
  readonly channel?: string | undefined;
  /** Of this user, or of this token, or to these channels and for everyone or this reader; null: all. */
  readonly within: {
    readonly userId: string | null;
    readonly tokenId: number | null;
    readonly channels: readonly string[];
    readonly reader: string | null;
  } | null;
  readonly after: ScheduledPosition | null;
  readonly limit: number;
}

/** Lists what waits, what is due first. Looks through an index: of those of others in other channels, nothing is read. */
export function listScheduled(db: Database, { channel, within, after, limit }: ScheduledFilter): ScheduledRow[] {
  const { dueAt, id, userId, tokenId } = scheduled;
  const found = db.orm
    .select({ id })
    .from(scheduled)
    .where(
      and(
        channel === undefined ? undefined : eq(scheduled.channel, channel),
        after ? sql`(${dueAt}, ${id}) > (${after.dueAt}, ${after.id})` : undefined,
        within
          ? or(
              within.userId === null ? undefined : eq(userId, within.userId),
              within.tokenId === null ? undefined : eq(tokenId, within.tokenId),
              and(inArray(scheduled.channel, [...within.channels]), isFor(within.reader)),
            )
          : undefined,
      ),
    )
    .orderBy(asc(dueAt), asc(id))
    .limit(limit)
    .all();
  return db.orm
    .select()
    .from(scheduled)
    .where(
      inArray(
        id,
        found.map((row) => row.id),
      ),
    )
    .orderBy(asc(dueAt), asc(id))
    .all();
}

/** Whether it is addressed to a reader, or to everyone. `to` is a user's id or a list of them. */
function isFor(reader: string | null) {
  const to = sql`${scheduled.json}, '$.draft.to'`;
  return sql`(json_type(${to}) IS NULL OR EXISTS (SELECT 1 FROM json_each(${to}) WHERE value = ${reader}))`;
}

/** Makes the reader of what is to be delivered. */
export function createScheduledReader({ sqlite }: Database): DueReader<ScheduledRow> {
  const next = sqlite.prepare("SELECT min(due_at) FROM scheduled").pluck();
  const due = sqlite.prepare(
    `SELECT id, due_at AS dueAt, channel, sender, user_id AS userId, token_id AS tokenId, claims,
       created_at AS createdAt, json
     FROM scheduled WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`,
  );
  return {
    next: () => (next.get() as number | null) ?? undefined,
    due: (now, limit) => due.all(now, limit) as ScheduledRow[],
  };
}

function isUnchanged({ id, dueAt, json }: ReadScheduled) {
  return and(eq(scheduled.id, id), eq(scheduled.dueAt, dueAt), eq(scheduled.json, json));
}

function gone(action: string, id: number): string {
  return `Cannot ${action} ${id}: nothing with this id waits for its time; it may have been delivered`;
}

function audit(
  db: Database,
  audited: Audited,
  { action, row, details }: { action: AuditAction; row: ScheduledRow; details: Readonly<Record<string, unknown>> },
): void {
  const { channel, id, sender } = row;
  appendAudit(db, audited, { action, target: `${channel} scheduled ${id}`, before: { sender }, after: details });
}
