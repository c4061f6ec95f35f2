/** What may be done on a channel. `manage` means who may what; it implies the other two. */
export const PERMISSIONS = ["read", "publish", "manage"] as const;
/** One of {@linkcode PERMISSIONS}. */
export type Permission = (typeof PERMISSIONS)[number];

/** What a token is for. `admin` is everything that its owner may. */
export const SCOPES = ["read", "publish", "admin"] as const;
/** One of {@linkcode SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** Who a grant is for: anybody, everyone signed in, or one user. */
export type Audience = "public" | "everyone" | "user";

/** One permission on a channel for an audience. `userId` is empty but for `user`. */
export interface Grant {
  readonly permission: Permission;
  readonly audience: Audience;
  readonly userId: string;
}

/** A channel with its grants. */
export interface ChannelAccess {
  readonly name: string;
  readonly grants: readonly Grant[];
}

/** Who asks, as the decision sees it. */
export interface Subject {
  /** A user's id; null: nobody, or a token that is bound to no user. */
  readonly user: string | null;
  readonly isSignedIn: boolean;
  readonly isAdmin: boolean;
  /** What a token is for; null: no token, no limit. */
  readonly scopes: ReadonlySet<Scope> | null;
  /** Channels that a token is for; null: no limit. */
  readonly patterns: readonly string[] | null;
  /** Patterns that the issuer of a JWT grants, beside the channel's own grants. */
  readonly claims: Claims | null;
}

/** Patterns that a JWT carries. */
export interface Claims {
  readonly read: readonly string[];
  readonly publish: readonly string[];
}

/**
 * Whether a channel's name matches a pattern: `*` matches every name, `orders.*` every name that begins with `orders.`
 * (`orders.x` and `orders.x.y`, not `orders`), anything else itself alone.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The one decision: whether a subject has a permission on a channel. A token only ever takes away from its owner. */
export function may(subject: Subject, permission: Permission, channel: ChannelAccess): boolean {
  const { scopes, patterns, claims, isAdmin } = subject;
  if (scopes && !scopes.has("admin") && (permission === "manage" || !scopes.has(permission))) return false;
  if (patterns && !patterns.some((pattern) => matchesPattern(pattern, channel.name))) return false;
  if (isAdmin) return true;
  const claimed = permission === "manage" ? [] : (claims?.[permission] ?? []);
  if (claimed.some((pattern) => matchesPattern(pattern, channel.name))) return true;
  return channel.grants.some((grant) => covers(grant, permission) && includes(grant, subject));
}

/**
 * Whether a subject may administer the hub itself: users, tokens, channels, the audit trail. A token that is for some
 * channels only may not, because it could make one that is for all.
 */
export function mayAdminister({ isAdmin, scopes, patterns }: Subject): boolean {
  return isAdmin && (!scopes || scopes.has("admin")) && (!patterns || patterns.includes("*"));
}

function covers(grant: Grant, permission: Permission): boolean {
  return grant.permission === permission || grant.permission === "manage";
}

function includes({ audience, userId, permission }: Grant, { user, isSignedIn }: Subject): boolean {
  if (audience === "public") return permission === "read";
  if (audience === "everyone") return isSignedIn;
  return user !== null && user === userId;
}
