import { appendAudit, touchAccess } from "./audit.ts";
import type { Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, desc, eq, gt, isNull, lte } from "./drizzle.ts";
import { NotFoundError } from "./errors.ts";
import { type SessionRow, sessions, type UserRow, users } from "./schema.ts";
import { findUserWithPassword } from "./users.ts";

/** A session that is still valid, with its user. */
export interface SessionWithUser {
  readonly session: SessionRow;
  readonly user: UserRow;
}

/** Finds the session with a hash that has not expired at `now` (unix ms), of a user who is not disabled. */
export function findSession(db: Database, hash: string, now: number): SessionWithUser | undefined {
  return db.orm
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, now), isNull(users.disabledAt)))
    .get();
}

/** A user's sessions that are valid at `now`, the newest first. */
export function listSessions(db: Database, userId: string, now: number): SessionRow[] {
  return db.orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.createdAt))
    .all();
}

/**
 * Stores a new session and drops the expired ones. Checking a password takes a while; what happened to the user in it
 * is seen here. @throws {NotFoundError} when the user has another password by now, is disabled or gone.
 */
export function createSession(db: Database, input: Commands["session.create"]["input"]): null {
  const { hash, userId, passwordHash, at, expiresAt, userAgent, actor } = input;
  if (!findUserWithPassword(db, userId, passwordHash)) {
    throw new NotFoundError(`Cannot sign "${userId}" in: there is no active user with this password`);
  }
  db.orm.delete(sessions).where(lte(sessions.expiresAt, at)).run();
  const address = actor.address ?? "";
  db.orm.insert(sessions).values({ hash, userId, createdAt: at, lastUsedAt: at, expiresAt, address, userAgent }).run();
  appendAudit(db, input, { action: "session.create", target: userId });
  return null;
}

/** Notes that a session is in use and moves its expiry. */
export function extendSession(db: Database, input: Commands["session.extend"]["input"]): null {
  const { hash, expiresAt, lastUsedAt } = input;
  db.orm.update(sessions).set({ expiresAt, lastUsedAt }).where(eq(sessions.hash, hash)).run();
  return null;
}

/** Ends a user's session. @throws {NotFoundError} when the user has no such session. */
export function deleteSession(db: Database, input: Commands["session.delete"]["input"]): null {
  const { hash, userId } = input;
  const row = db.orm
    .delete(sessions)
    .where(and(eq(sessions.hash, hash), eq(sessions.userId, userId)))
    .returning()
    .get();
  if (!row) throw new NotFoundError("Cannot end this session: it has ended already");
  appendAudit(db, input, { action: "session.delete", target: userId });
  touchAccess(db);
  return null;
}
