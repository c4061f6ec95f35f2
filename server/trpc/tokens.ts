import { TRPCError } from "@trpc/server";
import { z } from "zod";
import type { Database } from "../../db/database.ts";
import type { TokenRow } from "../../db/schema.ts";
import { listTokens } from "../../db/tokens.ts";
import { findUser } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import { actorOf, callerUser, isAdmin } from "../auth/caller.ts";
import { AccessError } from "../auth/guard.ts";
import { makeToken } from "../auth/secrets.ts";
import { SCOPES, type Scope } from "../rules/access.ts";
import { channelPattern, tokenName } from "../rules/names.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `tokens` use. */
export interface TokenServices {
  readonly db: Database;
  readonly writer: Writer;
  readonly now: () => number;
}

/** A token as its owner sees it; times are ISO 8601. */
export interface TokenView {
  readonly id: number;
  readonly name: string;
  /** The part that may be shown, to recognise it. */
  readonly prefix: string;
  /** Null: made on the server's command line. */
  readonly owner: string | null;
  readonly scopes: readonly Scope[];
  readonly patterns: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Whether it opens nothing now because its owner is disabled. */
  readonly isResting: boolean;
  readonly lastUsedAt: string | null;
  readonly lastUsedAddress: string;
}

const newToken = z.strictObject({
  name: tokenName,
  scopes: z.array(z.enum(SCOPES)).min(1, "must name a scope").default(["read", "publish"]),
  patterns: z.array(channelPattern).min(1, "must name a channel or a pattern").max(100).default(["*"]),
  expiresAt: z.iso.datetime({ error: "must be an ISO time such as 2027-01-31T00:00:00Z" }).nullish(),
});

/** `tokens.*`: everybody's own; admins see and revoke all. */
export function createTokensRouter(t: Trpc, { db, writer, now }: TokenServices) {
  // A token that could make tokens could make a stronger one; and one that leaked must not end the others.
  const ownerProcedure = t.memberProcedure.use(({ ctx, next }) => {
    const { caller } = ctx;
    if (caller.kind === "user" || isAdmin(caller)) return next();
    throw new TRPCError({
      code: "FORBIDDEN",
      message: 'Cannot manage tokens with this token: sign in, or use an admin\'s token with the scope "admin"',
    });
  });
  return t.router({
    /** The caller's tokens, the newest first; for admins everybody's. */
    list: ownerProcedure.query(({ ctx: { caller } }) =>
      listTokens(db, isAdmin(caller) ? undefined : (callerUser(caller) ?? "")).map((row) => toView(row, row.isResting)),
    ),

    /** Makes a token of the caller's own. Its secret is in this answer and nowhere else. */
    create: ownerProcedure.input(newToken).mutation(async ({ ctx, input }) => {
      const { caller } = ctx;
      if (input.scopes.includes("admin") && !isAdmin(caller)) {
        throw new AccessError("FORBIDDEN", 'Cannot create a token with the scope "admin": only admins may');
      }
      const owner = callerUser(caller);
      if (input.scopes.includes("admin") && owner !== null && findUser(db, owner)?.role !== "admin") {
        const reason = `a token has the rights of user "${owner}", who is a member when coming without this JWT`;
        throw new AccessError("FORBIDDEN", `Cannot create a token with the scope "admin": ${reason}`);
      }
      const { secret, prefix, hash } = makeToken();
      const row = await writer.execute({
        kind: "token.create",
        input: {
          ...input,
          actor: actorOf(ctx),
          at: now(),
          prefix,
          hash,
          userId: owner,
          expiresAt: input.expiresAt ? Date.parse(input.expiresAt) : null,
        },
      });
      return { ...toView(row), secret };
    }),

    /** Revokes a token for good; its open streams end within a second. */
    revoke: ownerProcedure.input(z.strictObject({ id: z.int().positive() })).mutation(async ({ ctx, input }) => {
      const { caller } = ctx;
      const actor = actorOf(ctx);
      const userId = isAdmin(caller) ? null : (callerUser(caller) ?? "");
      return toView(await writer.execute({ kind: "token.revoke", input: { actor, at: now(), id: input.id, userId } }));
    }),
  });
}

function toView(row: TokenRow, isResting = false): TokenView {
  const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    owner: row.userId,
    scopes: JSON.parse(row.scopes) as Scope[],
    patterns: JSON.parse(row.patterns) as string[],
    createdAt: new Date(row.createdAt).toISOString(),
    expiresAt: iso(row.expiresAt),
    revokedAt: iso(row.revokedAt),
    isResting,
    lastUsedAt: iso(row.lastUsedAt),
    lastUsedAddress: row.lastUsedAddress,
  };
}
