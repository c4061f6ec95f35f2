/** Nobody: no credential, or none that is valid. */
export interface Nobody {
  readonly kind: "nobody";
}

/** A person with a session. */
export interface UserCaller {
  readonly kind: "user";
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: "admin" | "member";
  /** Hash of the session's secret. */
  readonly session: string;
}

/** A program with a token, or with `BELFRY_ADMIN_TOKEN`. */
export interface TokenCaller {
  readonly kind: "token";
  /** The token's id; null: `BELFRY_ADMIN_TOKEN`. */
  readonly id: number | null;
  readonly name: string;
}

/** Who a request comes from. */
export type Caller = Nobody | UserCaller | TokenCaller;

/** Nobody, as a value. */
export const NOBODY: Caller = { kind: "nobody" };

/** The caller's name in `sender` and in the audit trail: a user id or `token:<name>`. */
export function callerId(caller: Exclude<Caller, Nobody>): string {
  return caller.kind === "user" ? caller.id : `token:${caller.name}`;
}

/** Whose targeted notifications the caller sees; null: nobody's. */
export function callerUser(caller: Caller): string | null {
  return caller.kind === "user" ? caller.id : null;
}

/** Whether the caller may administer the hub. Tokens may, until they carry scopes. */
export function isAdmin(caller: Caller): caller is UserCaller | TokenCaller {
  return caller.kind === "token" || (caller.kind === "user" && caller.role === "admin");
}
