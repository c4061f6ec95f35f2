import { appendAudit } from "./audit.ts";
import type { CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { count, eq } from "./drizzle.ts";
import { ConflictError } from "./errors.ts";
import { type UserRow, users } from "./schema.ts";

/** Counts the users. */
export function countUsers(db: Database): number {
  return db.orm.select({ n: count() }).from(users).get()?.n ?? 0;
}

/** Finds a user by id. */
export function findUser(db: Database, id: string): UserRow | undefined {
  return db.orm.select().from(users).where(eq(users.id, id)).get();
}

/** Finds a user by e-mail; addresses are stored in lower case. */
export function findUserByEmail(db: Database, email: string): UserRow | undefined {
  return db.orm.select().from(users).where(eq(users.email, email.toLowerCase())).get();
}

/** Makes the first admin. @throws {ConflictError} when there is a user already. */
export function createFirstUser(
  db: Database,
  input: Commands["user.createFirst"]["input"],
): CommandResult<"user.createFirst"> {
  const { user, at } = input;
  if (countUsers(db) > 0) throw new ConflictError("Cannot set up Belfry: it has an admin already; sign in instead");
  const row = db.orm
    .insert(users)
    .values({ ...user, email: user.email.toLowerCase(), createdAt: at })
    .returning()
    .get();
  const { id, email, name, role } = row;
  appendAudit(db, input, { action: "user.create", target: id, after: { email, name, role } });
  return row;
}
