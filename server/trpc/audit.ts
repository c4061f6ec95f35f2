import { z } from "zod";
import { AUDIT_ACTIONS, type AuditAction, listAudit } from "../../db/audit.ts";
import type { Database } from "../../db/database.ts";
import type { Trpc } from "./init.ts";

/** A row of the audit trail; `at` is ISO 8601. */
export interface AuditView {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly address: string;
  readonly action: AuditAction;
  readonly target: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

const time = z.iso.datetime({ error: "must be an ISO time such as 2027-01-31T00:00:00Z" }).optional();
const auditInput = z
  .strictObject({
    actor: z.string().max(200).optional(),
    action: z.enum(AUDIT_ACTIONS).optional(),
    target: z.string().max(200).optional(),
    from: time,
    until: time,
    /** The `next` of the page before. */
    cursor: z.int().positive().nullish(),
    limit: z.int().min(1).max(500).default(50),
  })
  .default({ limit: 50 });

/** `audit.*`: for admins. */
export function createAuditRouter(t: Trpc, { db }: { readonly db: Database }) {
  return t.router({
    /** One page of the trail, the newest first. */
    list: t.adminProcedure.input(auditInput).query(({ input }) => {
      const { actor, action, target, from, until, cursor, limit } = input;
      const rows = listAudit(db, {
        actor,
        action,
        target,
        from: from === undefined ? undefined : Date.parse(from),
        until: until === undefined ? undefined : Date.parse(until),
        before: cursor ?? undefined,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit).map(
        ({ at, action, before, after, ...row }): AuditView => ({
          ...row,
          action: action as AuditAction,
          at: new Date(at).toISOString(),
          before: JSON.parse(before) as Record<string, unknown>,
          after: JSON.parse(after) as Record<string, unknown>,
        }),
      );
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    }),
  });
}
