import type { Actor } from "../../db/commands.ts";
import { userKey } from "../../db/idempotency.ts";
import { mayAdminister, type Scope, type Subject } from "../rules/access.ts";
import type { JwtIdentity } from "./jwt.ts";

/** Nobody: no credential, or none that is valid. */
export interface Nobody {
  readonly kind: "nobody";
}

/** A person: with a session of the hub's own, or with a JWT of another application. */
export interface UserCaller {
  readonly kind: "user";
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly role: "admin" | "member";
  /** Hash of the session's secret; null: a JWT. */
  readonly session: string | null;
  /** What the JWT said; null: a session. */
  readonly identity: JwtIdentity | null;
  /** When the credential ends (unix ms); Infinity: not by itself. */
  readonly expiresAt: number;
}

/** A program with a token, or with `BELFRY_ADMIN_TOKEN`. */
export interface TokenCaller {
  readonly kind: "token";
  /** The token's id; null: `BELFRY_ADMIN_TOKEN`. */
  readonly id: number | null;
  readonly name: string;
  /** Whose rights it has, at the most; null: it is bound to no user. */
  readonly owner: { readonly id: string; readonly role: "admin" | "member" } | null;
  readonly scopes: ReadonlySet<Scope>;
  readonly patterns: readonly string[];
  readonly expiresAt: number;
}

/** Who a request comes from. */
export type Caller = Nobody | UserCaller | TokenCaller;

/** Nobody, as a value. */
export const NOBODY: Caller = { kind: "nobody" };

const NOBODY_SUBJECT: Subject = {
  user: null,
  isSignedIn: false,
  isAdmin: false,
  scopes: null,
  patterns: null,
  claims: null,
};

/** What the hub itself knows of the user whom a JWT names. */
interface KnownUser {
  readonly email: string | null;
  readonly name: string;
  readonly role: "admin" | "member";
  /** Null: the user has no password of the hub's own. */
  readonly passwordHash: string | null;
  /** Whether a JWT made the user. */
  readonly isFromApplication: boolean;
  readonly disabledAt: number | null;
}

/** The user whom a JWT names, with the role that both give together, or (a text) why it names nobody. */
export function callerOfJwt(identity: JwtIdentity, user: KnownUser | undefined): UserCaller | string {
  const { id, isAdmin, expiresAt } = identity;
  if (user && user.disabledAt !== null) return `user "${id}" is disabled`;
  const isOwn = user && (user.passwordHash !== null || !user.isFromApplication);
  // Somebody else, who happens to have the id: also as a member it could make tokens with this admin's rights.
  if (isOwn && user.role === "admin" && !isAdmin)
    return `user "${id}" is an admin of the hub's own, its sender is none`;
  const role = isAdmin || user?.role === "admin" ? "admin" : "member";
  const { email, name } = user ?? identity;
  return { kind: "user", id, email, name, role, session: null, identity, expiresAt };
}

/** The caller's name in `sender` and in the audit trail: a user id or `token:<name>`. */
export function callerId(caller: Exclude<Caller, Nobody>): string {
  return caller.kind === "user" ? caller.id : `token:${caller.name}`;
}

/** The caller as the audit trail names it. */
export function actorOf(call: { readonly caller: Exclude<Caller, Nobody>; readonly address: string }): Actor {
  return { id: callerId(call.caller), address: call.address };
}

/** Whose targeted notifications the caller sees; null: nobody's. */
export function callerUser(caller: Caller): string | null {
  if (caller.kind === "nobody") return null;
  return caller.kind === "user" ? caller.id : (caller.owner?.id ?? null);
}

/** The token that a caller came with, by its id, because names are not unique (0: `BELFRY_ADMIN_TOKEN`); null: none. */
export function callerToken(caller: Exclude<Caller, Nobody>): number | null {
  return caller.kind === "token" ? (caller.id ?? 0) : null;
}

/** Names a caller for good: another user or token never has the same. */
export function callerKey(caller: Exclude<Caller, Nobody>): string {
  return caller.kind === "user" ? userKey(caller.id) : `token ${caller.id ?? 0}`;
}

/** The caller as the rules of access see it. */
export function toSubject(caller: Caller): Subject {
  if (caller.kind === "nobody") return NOBODY_SUBJECT;
  if (caller.kind === "user") {
    const { id, role, identity } = caller;
    const claims = identity?.claims ?? null;
    return { user: id, isSignedIn: true, isAdmin: role === "admin", scopes: null, patterns: null, claims };
  }
  const { owner, scopes, patterns } = caller;
  const isAdmin = owner === null || owner.role === "admin";
  return { user: owner?.id ?? null, isSignedIn: true, isAdmin, scopes, patterns, claims: null };
}

/** Whether the caller may administer the hub. */
export function isAdmin(caller: Caller): caller is UserCaller | TokenCaller {
  return mayAdminister(toSubject(caller));
}
