import { appendAudit } from "./audit.ts";
import type { CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, desc, eq, gt, isNull, or } from "./drizzle.ts";
import { NotFoundError } from "./errors.ts";
import { type TokenRow, tokens } from "./schema.ts";

/** Finds the token with a hash that is neither revoked nor expired at `now` (unix ms). */
export function findToken(db: Database, hash: string, now: number): TokenRow | undefined {
  return db.orm
    .select()
    .from(tokens)
    .where(
      and(eq(tokens.hash, hash), isNull(tokens.revokedAt), or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now))),
    )
    .get();
}

/** Lists all tokens, the newest first. */
export function listTokens(db: Database): TokenRow[] {
  return db.orm.select().from(tokens).orderBy(desc(tokens.id)).all();
}

/** Stores a new token's hash. */
export function createToken(db: Database, input: Commands["token.create"]["input"]): CommandResult<"token.create"> {
  const { name, prefix, hash, expiresAt, at } = input;
  const row = db.orm.insert(tokens).values({ name, prefix, hash, expiresAt, createdAt: at }).returning().get();
  appendAudit(db, input, { action: "token.create", target: name, after: { id: row.id, prefix, expiresAt } });
  return row;
}

/** Revokes a token for good. @throws {NotFoundError} when there is none, or it is revoked already. */
export function revokeToken(db: Database, input: Commands["token.revoke"]["input"]): CommandResult<"token.revoke"> {
  const { id, at } = input;
  const row = db.orm
    .update(tokens)
    .set({ revokedAt: at })
    .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
    .returning()
    .get();
  if (!row) throw new NotFoundError(`Cannot revoke token ${id}: there is no active token with this id`);
  appendAudit(db, input, { action: "token.revoke", target: row.name, after: { id } });
  return row;
}
