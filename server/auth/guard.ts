import { type Caller, callerUser, isAdmin, type TokenCaller, type UserCaller } from "./caller.ts";

/** A caller is refused: nobody (sign in first), or somebody who may not. */
export class AccessError extends Error {
  override readonly name = "AccessError";
  readonly code: "UNAUTHORIZED" | "FORBIDDEN";

  constructor(code: "UNAUTHORIZED" | "FORBIDDEN", message: string) {
    super(message);
    this.code = code;
  }
}

/** Refuses nobody. @throws {AccessError} */
export function requireSomebody(caller: Caller, action: string): UserCaller | TokenCaller {
  if (caller.kind !== "nobody") return caller;
  throw new AccessError(
    "UNAUTHORIZED",
    `Cannot ${action}: no valid credential; sign in, or send a token as "Authorization: Bearer bf_…"`,
  );
}

/** Refuses who is no user, and no token of one; answers with the user's id. @throws {AccessError} */
export function requireUser(caller: Caller, action: string): string {
  const somebody = requireSomebody(caller, action);
  const user = callerUser(somebody);
  if (user !== null) return user;
  throw new AccessError("FORBIDDEN", `Cannot ${action}: this token is bound to no user; sign in, or use one that is`);
}

/** Refuses all but admins. @throws {AccessError} */
export function requireAdmin(caller: Caller, action: string): UserCaller | TokenCaller {
  const somebody = requireSomebody(caller, action);
  if (isAdmin(somebody)) return somebody;
  throw new AccessError("FORBIDDEN", `Cannot ${action}: only admins may, and tokens of admins with the scope "admin"`);
}
