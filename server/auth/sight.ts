import type { Sight } from "../rules/sight.ts";
import type { AccessBook } from "./access_book.ts";
import { type Caller, callerUser, isAdmin } from "./caller.ts";

/** What a caller wants to see. */
export interface SightWishes {
  /** Absent: every channel that it may read. */
  readonly channels?: readonly string[] | undefined;
  /** Also what is addressed to others, if the caller is an admin. */
  readonly all?: boolean | undefined;
  /** What it is for, for the refusal: `follow`. */
  readonly action: string;
}

/** The one decision about what a caller sees. @throws {AccessError} {NotFoundError} for a channel that it may not read. */
export function sightOf(access: AccessBook, caller: Caller, { channels, all, action }: SightWishes): Sight {
  return {
    channels: access.readable(caller, { wanted: channels, action }),
    user: callerUser(caller),
    seesTargeted: all === true && isAdmin(caller),
  };
}

/** Whether something that is addressed to these users (null: to everyone) is addressed to the caller. */
export function isAddressed(caller: Caller, recipients: readonly string[] | null): boolean {
  const user = callerUser(caller);
  return recipients === null || (user !== null && recipients.includes(user));
}
