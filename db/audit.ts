import type { Audited } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, desc, eq, gte, lt, lte } from "./drizzle.ts";
import { type AuditRow, audit } from "./schema.ts";
import { raiseVersion } from "./versions.ts";

/** Every action that may stand in the trail. */
export const AUDIT_ACTIONS = [
  "session.create",
  "session.refused",
  "session.delete",
  "user.create",
  "user.update",
  "user.setPassword",
  "user.delete",
  "link.create",
  "token.create",
  "token.revoke",
  "channel.create",
  "channel.update",
  "grant.add",
  "grant.remove",
  "notification.publish",
  "notification.remove",
  "scheduled.update",
  "scheduled.cancel",
  "scheduled.drop",
  "escalation.skip",
  "preferences.set",
  "connection.close",
  "type.register",
] as const;

/** What was done. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What an audit row says beside who and when. `before` and `after` hold no secret and no hash. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly target: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** Appends an audit row; called inside the transaction of the change itself. */
export function appendAudit(db: Database, { actor, at }: Audited, entry: AuditEntry): void {
  const { action, target, before = {}, after = {} } = entry;
  const address = actor.address ?? "";
  const states = { before: JSON.stringify(before), after: JSON.stringify(after) };
  db.orm
    .insert(audit)
    .values({ at, actor: actor.id, address, action, target, ...states })
    .run();
}

/** Which rows of the trail to list; times in unix ms, both inclusive. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly target?: string | undefined;
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Only ids below this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Lists the trail, the newest first. */
export function listAudit(db: Database, filter: AuditFilter): AuditRow[] {
  const { actor, action, target, from, until, before, limit } = filter;
  return db.orm
    .select()
    .from(audit)
    .where(
      and(
        actor === undefined ? undefined : eq(audit.actor, actor),
        action === undefined ? undefined : eq(audit.action, action),
        target === undefined ? undefined : eq(audit.target, target),
        from === undefined ? undefined : gte(audit.at, from),
        until === undefined ? undefined : lte(audit.at, until),
        before === undefined ? undefined : lt(audit.id, before),
      ),
    )
    .orderBy(desc(audit.id))
    .limit(limit)
    .all();
}

/** Marks that who may do what has changed, for every process that has the database open. */
export function touchAccess(db: Database): void {
  raiseVersion(db, "access");
}
