import { type Caller, isAdmin, type TokenCaller, type UserCaller } from "../auth/caller.ts";
import { HttpError } from "./errors.ts";

/** The caller, if it may administer the hub. @throws {HttpError} 401 without a valid credential, 403 otherwise. */
export function requireAdmin(caller: Caller, action: string): UserCaller | TokenCaller {
  if (isAdmin(caller)) return caller;
  if (caller.kind === "nobody") {
    throw new HttpError(
      "UNAUTHORIZED",
      `Cannot ${action}: no valid credential; send a token as "Authorization: Bearer bf_…"`,
    );
  }
  throw new HttpError("FORBIDDEN", `Cannot ${action}: only admins may`);
}
