import { appendAudit } from "./audit.ts";
import type { Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, eq, gt, lte } from "./drizzle.ts";
import { type SessionRow, sessions, type UserRow, users } from "./schema.ts";

/** A session that is still valid, with its user. */
export interface SessionWithUser {
  readonly session: SessionRow;
  readonly user: UserRow;
}

/** Finds the session with a hash that has not expired at `now` (unix ms). */
export function findSession(db: Database, hash: string, now: number): SessionWithUser | undefined {
  return db.orm
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, now)))
    .get();
}

/** Stores a new session and drops the expired ones. */
export function createSession(db: Database, input: Commands["session.create"]["input"]): null {
  const { hash, userId, at, expiresAt, actor } = input;
  db.orm.delete(sessions).where(lte(sessions.expiresAt, at)).run();
  db.orm
    .insert(sessions)
    .values({ hash, userId, createdAt: at, expiresAt, address: actor.address ?? "" })
    .run();
  appendAudit(db, input, { action: "session.create", target: userId });
  return null;
}

/** Moves a session's expiry. */
export function extendSession(db: Database, { hash, expiresAt }: Commands["session.extend"]["input"]): null {
  db.orm.update(sessions).set({ expiresAt }).where(eq(sessions.hash, hash)).run();
  return null;
}

/** Ends a session; one that is gone already is no error. */
export function deleteSession(db: Database, input: Commands["session.delete"]["input"]): null {
  const row = db.orm.delete(sessions).where(eq(sessions.hash, input.hash)).returning().get();
  if (row) appendAudit(db, input, { action: "session.delete", target: row.userId });
  return null;
}
