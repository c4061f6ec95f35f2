import type { Database } from "../../db/database.ts";
import { findTokenById } from "../../db/tokens.ts";
import { findUser } from "../../db/users.ts";
import { SCOPES, type Scope } from "../rules/access.ts";
import type { AccessBook } from "./access_book.ts";
import { type Caller, callerOfJwt, callerToken, callerUser, type Nobody } from "./caller.ts";
import type { JwtIdentity } from "./jwt.ts";

/** Who ordered something that is done later, so that its rights can be looked at then. */
export interface Orderer {
  readonly userId: string | null;
  /** 0: `BELFRY_ADMIN_TOKEN`; null: no token. */
  readonly tokenId: number | null;
  /** JSON of what the user's JWT allowed; null: no JWT. */
  readonly claims: string | null;
}

type JwtRights = Pick<JwtIdentity, "isAdmin" | "claims">;

const NEVER = Number.POSITIVE_INFINITY;

/** What is to be remembered of a caller. */
export function toOrderer(caller: Exclude<Caller, Nobody>): Orderer {
  const identity = caller.kind === "user" ? caller.identity : null;
  const rights: JwtRights | null = identity && { isAdmin: identity.isAdmin, claims: identity.claims };
  return {
    userId: callerUser(caller),
    tokenId: callerToken(caller),
    claims: rights && JSON.stringify(rights),
  };
}

/** Why what somebody has ordered must not be published to these channels now; null: nothing speaks against it. */
export function findObjection(
  { db, access }: { readonly db: Database; readonly access: AccessBook },
  orderer: Orderer,
  channels: readonly string[],
): string | null {
  const caller = findOrderer(db, orderer);
  if (typeof caller === "string") return caller;
  const refused = channels.find((name) => !access.may(caller, "publish", name));
  return refused === undefined ? null : `its sender may not publish to channel "${refused}" any more`;
}

/**
 * The caller of then with the rights of now, or (a text) why it has none. What a JWT allowed holds as it was, because it
 * cannot be asked again; that a credential has run out by itself takes nothing from what was ordered with it.
 */
function findOrderer(db: Database, { userId, tokenId, claims }: Orderer): Exclude<Caller, Nobody> | string {
  const user = userId === null ? null : findUser(db, userId);
  if (user === undefined) return "its sender was deleted";
  if (user && user.disabledAt !== null) return "its sender is disabled";
  if (tokenId === null) {
    if (!user) return "its sender is unknown";
    const { id, email, name, role } = user;
    if (claims === null) return { kind: "user", id, email, name, role, session: "", identity: null, expiresAt: NEVER };
    const rights = JSON.parse(claims) as JwtRights;
    return callerOfJwt({ id, email, name, expiresAt: NEVER, ...rights }, user);
  }
  const common = { kind: "token", owner: user, expiresAt: NEVER } as const;
  if (tokenId === 0) return { ...common, id: null, name: "", scopes: new Set(SCOPES), patterns: ["*"] };
  const token = findTokenById(db, tokenId);
  if (!token || token.revokedAt !== null) return "its sender's token was revoked";
  const scopes = new Set(JSON.parse(token.scopes) as Scope[]);
  return { ...common, id: tokenId, name: token.name, scopes, patterns: JSON.parse(token.patterns) as string[] };
}

/** Why something must not be sent again to another channel, of whoever has ordered it (JSON; null: not known). */
export function findStepObjection(
  book: Parameters<typeof findObjection>[0],
  orderer: string | null,
  channel: string,
): string | null {
  return orderer === null ? "its sender is unknown" : findObjection(book, JSON.parse(orderer) as Orderer, [channel]);
}
