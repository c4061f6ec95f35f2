import type { AccessBook } from "../auth/access_book.ts";
import { type Caller, isAdmin } from "../auth/caller.ts";
import { AccessError, requireSomebody } from "../auth/guard.ts";
import type { Usage } from "../hub/usage.ts";
import type { UsageHistory, UsageInput } from "../rules/usage.ts";

/** Shows what was counted to admins, and to those who manage a channel. */
export class UsageDesk {
  readonly #usage: Usage;
  readonly #access: AccessBook;

  constructor(usage: Usage, access: AccessBook) {
    this.#usage = usage;
    this.#access = access;
  }

  /** What happened in a time; in all channels that the caller manages when none are named. @throws {AccessError} {NotFoundError} */
  async history(input: UsageInput, caller: Caller, signal?: AbortSignal): Promise<UsageHistory> {
    return await this.#usage.history(input, this.#channels(input.channels, caller), signal);
  }

  #channels(wanted: readonly string[] | undefined, from: Caller): ReadonlySet<string> | null {
    const action = "read the statistics";
    const caller = requireSomebody(from, action);
    for (const name of wanted ?? []) this.#access.require(caller, "manage", { name, action });
    if (wanted) return new Set(wanted);
    if (isAdmin(caller)) return null;
    const managed = this.#access.channelsOf(caller, "manage");
    if (managed.size > 0) return managed;
    throw new AccessError("FORBIDDEN", `Cannot ${action}: only admins may, and those who manage a channel`);
  }
}
