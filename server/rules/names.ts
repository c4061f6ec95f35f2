import { z } from "zod";

/** Longest name of a channel, an event or a type. */
export const MAX_NAME = 64;

/** Event names that the hub's own frames, the SSE standard or tRPC's wire format use. */
export const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  "connected",
  "ended",
  "refused",
  "gap",
  "heartbeat",
  "removed",
  "acknowledged",
  "expired",
  "read",
  "ping",
  "return",
  "serialized-error",
  "restore-id",
  "open",
  "error",
]);

/** A channel's name: letters, digits, `_` and `-`, in parts joined by single dots. */
export const channelName = z
  .string()
  .min(1, "must not be empty")
  .max(MAX_NAME, `must have at most ${MAX_NAME} characters`)
  .regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/, "may hold letters, digits, _ and -, in parts joined by single dots")
  // Channels are keys of objects in answers, and these are there already.
  .refine((name) => !(name in Object.prototype), "is a name that JavaScript itself uses");

/** A channel's name, `*`, or a name followed by `.*` (see matchesPattern in access.ts). */
export const channelPattern = z
  .string()
  .max(MAX_NAME + 2, `must have at most ${MAX_NAME + 2} characters`)
  .regex(
    /^(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?)$/,
    "must be a channel such as orders, a pattern such as orders.*, or *",
  );

/** The name of an event or a type, as it may stand in an SSE frame. */
const label = z
  .string()
  .min(1, "must not be empty")
  .max(MAX_NAME, `must have at most ${MAX_NAME} characters`)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/, "may hold letters, digits, _ . : and -, and no spaces or line breaks");

/** An event's name: `notification`, or any other that the hub does not use itself. */
export const eventName = label.refine((name) => !RESERVED_EVENTS.has(name), "is a name that the hub uses itself");

/** A type's name, such as `order.created`. */
export const typeName = label;

/** What a later notification of the channel replaces an earlier one by. */
export const notificationKey = z.string().min(1, "must not be empty").max(128, "must have at most 128 characters");

/** Line breaks, control characters, and what turns the direction of text: with them a name could look like other text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** A user's id, chosen by the admin or the application: any printable text. */
export const userId = z
  .string()
  .min(1, "must not be empty")
  .max(128, "must have at most 128 characters")
  .refine((id) => !UNPRINTABLE.test(id), "must not hold control characters");

/** Who acts in the audit trail without being a user; tokens act as `token:<name>`. */
const ACTORS: ReadonlySet<string> = new Set(["cli", "system", "jwt", "nobody"]);

/** The id of a user to make: none that the audit trail or `sender` could mistake for the hub itself or for a token. */
export const newUserId = userId.refine((id) => {
  const seen = asSeen(id);
  return !ACTORS.has(seen) && !seen.startsWith("token:");
}, "is a name that the hub uses itself");

/** The name under which `BELFRY_ADMIN_TOKEN` acts. */
export const ADMIN_TOKEN_NAME = "BELFRY_ADMIN_TOKEN";

/** A name that people read, in one line. */
const printableName = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .refine((name) => !UNPRINTABLE.test(name), "must be one line of printable text");

/** A user's name, as it stands on screen. */
export const userName = printableName.max(200, "must have at most 200 characters");

/** A name that another application gave, as it may stand on screen. */
export function toPrintable(name: string): string {
  return name.replaceAll(new RegExp(UNPRINTABLE, "gu"), " ").trim();
}

/** A new user as an admin gives it. */
export const newUserFields = {
  id: newUserId,
  email: z.email("must be an e-mail address").max(254),
  name: userName,
} as const;

/** A token's name, as it stands after `token:`. */
export const tokenName = printableName
  .max(MAX_NAME, `must have at most ${MAX_NAME} characters`)
  .refine((name) => asSeen(name) !== asSeen(ADMIN_TOKEN_NAME), "is the name of the token that the environment sets");

/**
 * What names have in common that readers take for the same: no case, no wide letters, nothing invisible. The same as in
 * db/tokens.ts, which compares what is stored.
 */
function asSeen(name: string): string {
  return name
    .normalize("NFKC")
    .replaceAll(/\p{C}/gu, "")
    .replaceAll(/\p{Z}+/gu, " ")
    .trim()
    .toLowerCase();
}
