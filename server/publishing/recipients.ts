import type { Database } from "../../db/database.ts";
import { createUnknownUsersFinder } from "../../db/users.ts";
import { refuseUnknown, type UnknownUsers } from "../rules/recipients.ts";

/** Users by id, as a draft names them; undefined: it is for everyone. */
type To = string | readonly string[] | undefined;

/** Looks after whom notifications are addressed to. */
export class Recipients {
  readonly #find: (ids: readonly string[]) => string[];
  readonly #policy: UnknownUsers;

  /** @param db Read-only. */
  constructor(db: Database, policy: UnknownUsers) {
    this.#find = createUnknownUsersFinder(db);
    this.#policy = policy;
  }

  /** Refuses users whom the hub does not know, where the setting says so. @throws {InputError} */
  check(to: To, action: string): void {
    if (this.#policy === "refuse" && to !== undefined) refuseUnknown(this.#find(listOf(to)), action);
  }

  /** Those whom the hub does not know, each once; none where such ones are refused. */
  unknownOf(to: To): readonly string[] {
    return this.#policy === "refuse" || to === undefined ? [] : this.#find(listOf(to));
  }
}

function listOf(to: string | readonly string[]): readonly string[] {
  return typeof to === "string" ? [to] : to;
}
