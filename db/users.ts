import { appendAudit, touchAccess } from "./audit.ts";
import type { CommandResult, Commands, NewUser } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, asc, count, eq, isNull, ne, sql } from "./drizzle.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import { forgetKeysOf, userKey } from "./idempotency.ts";
import { forgetReader, startReading } from "./read_marks.ts";
import { dropScheduledOf } from "./scheduled.ts";
import { grants, links, preferences, sessions, type UserRow, users } from "./schema.ts";

/** Whether there is an admin, able to sign in or not. Members, whom a JWT may have brought, do not count. */
export function hasAdmin(db: Database): boolean {
  return db.orm.select({ id: users.id }).from(users).where(eq(users.role, "admin")).limit(1).get() !== undefined;
}

/** Lists the users by id. */
export function listUsers(db: Database): UserRow[] {
  return db.orm.select().from(users).orderBy(asc(users.id)).all();
}

/** Finds a user by id. */
export function findUser(db: Database, id: string): UserRow | undefined {
  return db.orm.select().from(users).where(eq(users.id, id)).get();
}

/** Finds a user who is not disabled and has the password with this hash. */
export function findUserWithPassword(db: Database, id: string, passwordHash: string): UserRow | undefined {
  const user = findUser(db, id);
  return user?.disabledAt === null && user.passwordHash === passwordHash ? user : undefined;
}

/** Finds a user by e-mail; addresses are stored in lower case. */
export function findUserByEmail(db: Database, email: string): UserRow | undefined {
  return db.orm.select().from(users).where(eq(users.email, email.toLowerCase())).get();
}

/** Finds the user whom people name by id or by e-mail; an id comes first. */
export function findNamedUser(db: Database, name: string): UserRow | undefined {
  return findUser(db, name) ?? findUserByEmail(db, name);
}

/** Makes the reader of those of these ids that no user has, each once: every notification with recipients asks. */
export function createUnknownUsersFinder({ sqlite }: Database): (ids: readonly string[]) => string[] {
  const find = sqlite
    .prepare("SELECT DISTINCT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = value)")
    .pluck();
  return (ids) => find.all(JSON.stringify(ids)) as string[];
}

/**
 * Makes the first admin. Users of another application may have come before, with any id, and with an e-mail that is not
 * theirs: the admin then gets the next free id, and the e-mail. @throws {ConflictError} when there is an admin already.
 */
export function createFirstUser(
  db: Database,
  input: Commands["user.createFirst"]["input"],
): CommandResult<"user.createFirst"> {
  if (hasAdmin(db)) throw new ConflictError("Cannot set up Belfry: it has an admin already; sign in instead");
  const { user } = input;
  const other = user.email === null ? undefined : findUserByEmail(db, user.email);
  if (other) {
    db.orm.update(users).set({ email: null }).where(eq(users.id, other.id)).run();
    const [before, after] = [describe(other), describe({ ...other, email: null })];
    appendAudit(db, input, { action: "user.update", target: other.id, before, after });
  }
  let { id } = user;
  for (let n = 2; findUser(db, id); n += 1) id = `${user.id}-${n}`;
  return createUser(db, { ...input, user: { ...user, id } });
}

/**
 * Makes a user. @throws {ConflictError} when the id or the e-mail is taken, or somebody else had the id and messages,
 * unless `adopts` says that they go to this one.
 */
export function createUser(db: Database, input: Commands["user.create"]["input"]): CommandResult<"user.create"> {
  const { user, at, adopts = false } = input;
  const email = user.email?.toLowerCase() ?? null;
  refuseTaken(db, { ...user, email });
  // What ids an application gives to whom is its own matter.
  if (!adopts && !user.isFromApplication) refuseLegacy(db, user.id);
  const row = db.orm
    .insert(users)
    .values({ ...user, email, createdAt: at })
    .returning()
    .get();
  startReading(db, row.id);
  appendAudit(db, input, { action: "user.create", target: row.id, after: describe(row) });
  // No touchAccess: no stream is this user's yet, and a grant may have named the id before.
  return row;
}

/** Changes a user. @throws {NotFoundError} {ConflictError} when it would leave the hub without an admin who can sign in. */
export function updateUser(db: Database, input: Commands["user.update"]["input"]): CommandResult<"user.update"> {
  const { id, changes } = input;
  const before = findUser(db, id);
  if (!before) throw new NotFoundError(`Cannot change user "${id}": there is no such user`);
  const after = db.orm.update(users).set(changes).where(eq(users.id, id)).returning().get() ?? before;
  const action = after.disabledAt === null ? "change" : "disable";
  if (!isActiveAdmin(after)) refuseNoAdmin(db, { action, id }, before);
  if (after.disabledAt !== null) {
    db.orm.delete(sessions).where(eq(sessions.userId, id)).run();
    db.orm.delete(links).where(eq(links.userId, id)).run();
  }
  appendAudit(db, input, { action: "user.update", target: id, before: describe(before), after: describe(after) });
  touchAccess(db);
  return after;
}

/** Deletes a user with sessions, links, tokens, grants and what waits for its time. @throws {NotFoundError} {ConflictError} for the last admin. */
export function deleteUser(db: Database, input: Commands["user.delete"]["input"]): null {
  const { id } = input;
  const row = db.orm.delete(users).where(eq(users.id, id)).returning().get();
  // Who gets this id later must not find the rights and preferences of another, nor what another has ordered.
  db.orm
    .delete(grants)
    .where(and(eq(grants.audience, "user"), eq(grants.userId, id)))
    .run();
  db.orm.delete(preferences).where(eq(preferences.userId, id)).run();
  forgetReader(db, id);
  dropScheduledOf(db, id, input);
  forgetKeysOf(db, userKey(id));
  if (!row) throw new NotFoundError(`Cannot delete user "${id}": there is no such user`);
  refuseNoAdmin(db, { action: "delete", id }, row);
  appendAudit(db, input, { action: "user.delete", target: id, before: describe(row) });
  touchAccess(db);
  return null;
}

/** Changes a password and ends the user's sessions but one. @throws {NotFoundError} when `replaces` is not it any more. */
export function setPassword(db: Database, input: Commands["user.setPassword"]["input"]): null {
  const { id, replaces, actor } = input;
  if (!findUserWithPassword(db, id, replaces)) {
    throw new NotFoundError(`Cannot change the password of "${id}": it is another one by now`);
  }
  return storePassword(db, input, actor.id === "cli" ? "cli" : "user");
}

/** A password to store. */
export type NewPassword = Omit<Commands["user.setPassword"]["input"], "replaces">;

/** Stores a password, whatever it was before, ends the user's sessions but one, and makes one-time links void. */
export function storePassword(db: Database, input: NewPassword, by: "link" | "user" | "cli"): null {
  const { id, passwordHash, keepSession } = input;
  db.orm.update(users).set({ passwordHash }).where(eq(users.id, id)).run();
  const others = keepSession === null ? undefined : ne(sessions.hash, keepSession);
  db.orm
    .delete(sessions)
    .where(and(eq(sessions.userId, id), others))
    .run();
  db.orm.delete(links).where(eq(links.userId, id)).run();
  appendAudit(db, input, { action: "user.setPassword", target: id, after: { by } });
  touchAccess(db);
  return null;
}

/** What the audit trail says of a user. */
function describe({ email, name, role, disabledAt, passwordHash }: UserRow): Record<string, unknown> {
  return { email, name, role, disabled: disabledAt !== null, hasPassword: passwordHash !== null };
}

function isActiveAdmin({ role, disabledAt }: UserRow): boolean {
  return role === "admin" && disabledAt === null;
}

function refuseTaken(db: Database, { id, email }: NewUser): void {
  if (findUser(db, id)) throw new ConflictError(`Cannot create user "${id}": this id is taken`);
  if (email && findUserByEmail(db, email)) throw new ConflictError(`Cannot create user "${id}": ${email} is taken`);
}

function refuseLegacy({ sqlite }: Database, id: string): void {
  const find = sqlite
    .prepare(
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM recipients WHERE user_id = :id)
         AND EXISTS (SELECT 1 FROM audit WHERE action = 'user.delete' AND target = :id)`,
    )
    .pluck();
  if (find.get({ id }) === undefined) return;
  throw new ConflictError(
    `Cannot create user "${id}": somebody who was deleted had this id, and what was sent to it is kept; choose another id, or adopt it`,
  );
}

/** Where the one who goes has a password, so must one who stays: an invitation may never be accepted. */
function refuseNoAdmin(
  db: Database,
  { action, id }: { readonly action: string; readonly id: string },
  before: UserRow,
): void {
  if (!isActiveAdmin(before)) return;
  const canSignIn = before.passwordHash === null ? undefined : sql`${users.passwordHash} IS NOT NULL`;
  const admins = and(eq(users.role, "admin"), isNull(users.disabledAt), canSignIn);
  const left = db.orm.select({ n: count() }).from(users).where(admins).get()?.n ?? 0;
  if (left > 0) return;
  const last = canSignIn
    ? "the last admin with a password; another one must have set one first"
    : "the last admin; make another one first";
  throw new ConflictError(`Cannot ${action} "${id}": it is ${last}`);
}
