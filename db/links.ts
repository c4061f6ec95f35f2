import { appendAudit } from "./audit.ts";
import type { Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, eq, gt, lte, or } from "./drizzle.ts";
import { NotFoundError } from "./errors.ts";
import { links, type UserRow, users } from "./schema.ts";
import { setPassword } from "./users.ts";

/** The user of a link that is still valid at `now` (unix ms). */
export function findLinkUser(db: Database, hash: string, now: number): UserRow | undefined {
  return db.orm
    .select({ user: users })
    .from(links)
    .innerJoin(users, eq(users.id, links.userId))
    .where(and(eq(links.hash, hash), gt(links.expiresAt, now)))
    .get()?.user;
}

/** Stores a new link; the user's earlier ones and all that expired are void. */
export function createLink(db: Database, input: Commands["link.create"]["input"]): null {
  const { userId, hash, expiresAt, at } = input;
  db.orm
    .delete(links)
    .where(or(eq(links.userId, userId), lte(links.expiresAt, at)))
    .run();
  db.orm.insert(links).values({ hash, userId, createdAt: at, expiresAt }).run();
  appendAudit(db, input, { action: "link.create", target: userId, after: { expiresAt } });
  return null;
}

/** Uses a link up and sets its user's password. @throws {NotFoundError} when it is not valid, also when two come at once. */
export function useLink(db: Database, input: Commands["link.use"]["input"]): null {
  const { hash, passwordHash, at } = input;
  const row = db.orm
    .delete(links)
    .where(and(eq(links.hash, hash), gt(links.expiresAt, at)))
    .returning()
    .get();
  if (!row)
    throw new NotFoundError("Cannot set a password: this link is not valid any more; ask an admin for a new one");
  return setPassword(db, { ...input, id: row.userId, passwordHash, keepSession: null });
}
