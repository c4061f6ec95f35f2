import { appendAudit } from "./audit.ts";
import type { Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, eq, gt, lte, or } from "./drizzle.ts";
import { NotFoundError } from "./errors.ts";
import { links, type UserRow, users } from "./schema.ts";
import { storePassword } from "./users.ts";

/** The user of a link that is still valid at `now` (unix ms). */
export function findLinkUser(db: Database, hash: string, now: number): UserRow | undefined {
  return db.orm
    .select({ user: users })
    .from(links)
    .innerJoin(users, eq(users.id, links.userId))
    .where(and(eq(links.hash, hash), gt(links.expiresAt, now)))
    .get()?.user;
}

/** The ids of the users with a link that is still valid at `now` (unix ms). */
export function listLinkUsers(db: Database, now: number): Set<string> {
  const rows = db.orm.select({ userId: links.userId }).from(links).where(gt(links.expiresAt, now)).all();
  return new Set(rows.map(({ userId }) => userId));
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

/**
 * Uses a link up and sets its user's password. @throws {NotFoundError} when it is not valid, also when two come at once,
 * or its user is disabled.
 */
export function useLink(db: Database, input: Commands["link.use"]["input"]): null {
  const { hash, passwordHash, at } = input;
  const user = findLinkUser(db, hash, at);
  if (user?.disabledAt !== null) {
    throw new NotFoundError("Cannot set a password: this link is not valid any more; ask an admin for a new one");
  }
  return storePassword(db, { ...input, id: user.id, passwordHash, keepSession: null }, "link");
}
