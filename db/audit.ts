import type { Audited } from "./commands.ts";
import type { Database } from "./database.ts";
import { audit } from "./schema.ts";

/** What an audit row says beside who and when. `after` holds no secret and no hash. */
export interface AuditEntry {
  readonly action: string;
  readonly target: string;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** Appends an audit row; called inside the transaction of the change itself. */
export function appendAudit(db: Database, { actor, at }: Audited, entry: AuditEntry): void {
  const { action, target, after = {} } = entry;
  db.orm
    .insert(audit)
    .values({ at, actor: actor.id, address: actor.address ?? "", action, target, after: JSON.stringify(after) })
    .run();
}
