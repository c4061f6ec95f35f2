import { appendAudit, touchAccess } from "./audit.ts";
import type { Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, asc, eq } from "./drizzle.ts";
import { NotFoundError } from "./errors.ts";
import { channels, type GrantRow, grants } from "./schema.ts";

/** One grant, without its ids. */
export type GrantValue = Pick<GrantRow, "permission" | "audience" | "userId">;

/** Every grant with the name of its channel. */
export function listGrants(db: Database): (GrantValue & { readonly channel: string })[] {
  const { permission, audience, userId } = grants;
  return db.orm
    .select({ channel: channels.name, permission, audience, userId })
    .from(grants)
    .innerJoin(channels, eq(channels.id, grants.channelId))
    .orderBy(asc(grants.id))
    .all();
}

/** Gives a permission on a channel; one that is given already changes nothing. @throws {NotFoundError} */
export function addGrant(db: Database, input: Commands["grant.add"]["input"]): null {
  const { channel, grant } = input;
  const row = db.orm
    .insert(grants)
    .values({ ...grant, channelId: channelId(db, channel) })
    .onConflictDoNothing()
    .returning()
    .get();
  if (row) appendAudit(db, input, { action: "grant.add", target: channel, after: { ...grant } });
  touchAccess(db);
  return null;
}

/** Takes a permission on a channel back. @throws {NotFoundError} when it was not given. */
export function removeGrant(db: Database, input: Commands["grant.remove"]["input"]): null {
  const { channel, grant } = input;
  const row = db.orm
    .delete(grants)
    .where(
      and(
        eq(grants.channelId, channelId(db, channel)),
        eq(grants.permission, grant.permission),
        eq(grants.audience, grant.audience),
        eq(grants.userId, grant.userId),
      ),
    )
    .returning()
    .get();
  if (!row) throw new NotFoundError(`Cannot remove this grant of channel "${channel}": it was not given`);
  appendAudit(db, input, { action: "grant.remove", target: channel, before: { ...grant } });
  touchAccess(db);
  return null;
}

function channelId(db: Database, name: string): number {
  const row = db.orm.select({ id: channels.id }).from(channels).where(eq(channels.name, name)).get();
  if (!row) throw new NotFoundError(`Cannot change grants of channel "${name}": there is no such channel`);
  return row.id;
}
