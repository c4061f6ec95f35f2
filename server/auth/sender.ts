import type { Database } from "../../db/database.ts";
import { findTokenById } from "../../db/tokens.ts";
import { type Caller, callerToken } from "./caller.ts";

/** Who sent something: a name, and of a token its id (0: `BELFRY_ADMIN_TOKEN`), because names are not for ever. */
export interface Sender {
  readonly sender: string;
  readonly tokenId: number | null;
}

/** Whether the caller sent it; a user has sent what the user's tokens did, too. */
export function isSender(db: Database, caller: Caller, { sender, tokenId }: Sender): boolean {
  if (caller.kind === "nobody") return false;
  if (caller.kind === "token") return tokenId !== null && tokenId === callerToken(caller);
  if (tokenId === null) return sender === caller.id;
  return tokenId > 0 && findTokenById(db, tokenId)?.userId === caller.id;
}
