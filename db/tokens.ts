import { appendAudit, touchAccess } from "./audit.ts";
import type { CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, count, desc, eq, gt, isNull, or } from "./drizzle.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import { type TokenRow, tokens, type UserRow, users } from "./schema.ts";

/** Most valid tokens of a user: everybody may make them. */
const MAX_OWNED = 100;

/** A token that is still valid, with the user whose rights it has at the most. */
export interface TokenWithOwner {
  readonly token: TokenRow;
  readonly owner: UserRow | null;
}

/** Finds the token with a hash that is neither revoked nor expired at `now` (unix ms), of an owner who is not disabled. */
export function findToken(db: Database, hash: string, now: number): TokenWithOwner | undefined {
  return db.orm
    .select({ token: tokens, owner: users })
    .from(tokens)
    .leftJoin(users, eq(users.id, tokens.userId))
    .where(
      and(
        eq(tokens.hash, hash),
        isNull(tokens.revokedAt),
        or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)),
        isNull(users.disabledAt),
      ),
    )
    .get();
}

/** A token, and whether it rests because its owner is disabled. */
export interface ListedToken extends TokenRow {
  readonly isResting: boolean;
}

/** Lists tokens, the newest first: all, or one user's. */
export function listTokens(db: Database, userId?: string): ListedToken[] {
  return db.orm
    .select({ token: tokens, disabledAt: users.disabledAt })
    .from(tokens)
    .leftJoin(users, eq(users.id, tokens.userId))
    .where(userId === undefined ? undefined : eq(tokens.userId, userId))
    .orderBy(desc(tokens.id))
    .all()
    .map(({ token, disabledAt }) => ({ ...token, isResting: disabledAt !== null }));
}

/** Stores a new token's hash. @throws {ConflictError} when another that is still valid looks the same in `token:<name>`. */
export function createToken(db: Database, input: Commands["token.create"]["input"]): CommandResult<"token.create"> {
  const { name, prefix, hash, userId, scopes, patterns, expiresAt, at } = input;
  refuseTaken(db, name, at);
  if (userId !== null) refuseTooMany(db, userId, at);
  const lists = { scopes: JSON.stringify(scopes), patterns: JSON.stringify(patterns) };
  const row = db.orm
    .insert(tokens)
    .values({ name, prefix, hash, userId, ...lists, expiresAt, createdAt: at })
    .returning()
    .get();
  const after = { id: row.id, prefix, userId, scopes, patterns, expiresAt };
  appendAudit(db, input, { action: "token.create", target: name, after });
  return row;
}

/** Notes when and from where a token was used last. */
export function touchToken(db: Database, { id, at, address }: Commands["token.touch"]["input"]): null {
  db.orm.update(tokens).set({ lastUsedAt: at, lastUsedAddress: address }).where(eq(tokens.id, id)).run();
  return null;
}

/** Revokes a token for good. @throws {NotFoundError} when there is none, it is another's, or it is revoked already. */
export function revokeToken(db: Database, input: Commands["token.revoke"]["input"]): CommandResult<"token.revoke"> {
  const { id, userId, at } = input;
  const row = db.orm
    .update(tokens)
    .set({ revokedAt: at })
    .where(and(eq(tokens.id, id), isNull(tokens.revokedAt), userId === null ? undefined : eq(tokens.userId, userId)))
    .returning()
    .get();
  if (!row) throw new NotFoundError(`Cannot revoke token ${id}: there is no active token with this id`);
  appendAudit(db, input, { action: "token.revoke", target: row.name, after: { id } });
  touchAccess(db);
  return row;
}

function refuseTooMany(db: Database, userId: string, now: number): void {
  const owned = and(eq(tokens.userId, userId), isValidAt(now));
  const active = db.orm.select({ n: count() }).from(tokens).where(owned).get()?.n ?? 0;
  if (active < MAX_OWNED) return;
  throw new ConflictError(
    `Cannot create a token of user "${userId}": there are ${active}, the limit is ${MAX_OWNED}; revoke one first`,
  );
}

/** Neither revoked nor expired at `now` (unix ms). */
function isValidAt(now: number) {
  return and(isNull(tokens.revokedAt), or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)));
}

function refuseTaken(db: Database, name: string, now: number): void {
  const names = db.orm.select({ name: tokens.name }).from(tokens).where(isValidAt(now)).all();
  if (!names.some((other) => asSeen(other.name) === asSeen(name))) return;
  throw new ConflictError(
    `Cannot create token "${name}": this name is taken; choose another, or revoke that token first`,
  );
}

/**
 * What names have in common that readers take for the same: no case, no wide letters, nothing invisible. The same as in
 * server/rules/names.ts, which nothing here may import: what is stored has to be compared in the writer's transaction.
 */
function asSeen(name: string): string {
  return name
    .normalize("NFKC")
    .replaceAll(/\p{C}/gu, "")
    .replaceAll(/\p{Z}+/gu, " ")
    .trim()
    .toLowerCase();
}

/** Finds a token by id, also one that is revoked. */
export function findTokenById(db: Database, id: number): TokenRow | undefined {
  return db.orm.select().from(tokens).where(eq(tokens.id, id)).get();
}
