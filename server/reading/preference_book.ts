import type { Database } from "../../db/database.ts";
import { createPreferencesReader, type PreferencesReader } from "../../db/preferences.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { actorOf, type Caller } from "../auth/caller.ts";
import { AccessError, requireSomebody, requireUser } from "../auth/guard.ts";
import { createPreferenceFilter, type PreferenceFilter } from "../rules/preference_filter.ts";
import {
  channelsOfChange,
  currentPreferences,
  type Preferences,
  type PreferencesChange,
  readPreferences,
} from "../rules/preferences.ts";

/** What the preferences need. */
export interface PreferenceBookOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly access: AccessBook;
  readonly now: () => number;
}

/** A change of the caller's own preferences. */
export interface PreferencesRequest {
  readonly caller: Caller;
  readonly address: string;
  readonly change: PreferencesChange;
  /** Puts back to the default whatever it does not name. Default: it stays as it is. */
  readonly replaces?: boolean;
}

/** Reads and changes what people want to be shown. */
export class PreferenceBook implements Disposable {
  readonly #options: PreferenceBookOptions;
  readonly #read: PreferencesReader;
  readonly #listeners = new Set<(user: string) => void>();
  readonly #subscription: Disposable;

  constructor(options: PreferenceBookOptions) {
    this.#options = options;
    this.#read = createPreferencesReader(options.db);
    this.#subscription = options.writer.onCommit((committed) => {
      for (const { command } of committed) {
        if (command.kind !== "preferences.set") continue;
        for (const listener of this.#listeners) listener(command.input.userId);
      }
    });
  }

  /** The caller's own preferences, as they are now. @throws {AccessError} */
  get(caller: Caller): Preferences {
    const user = requirePerson(caller, "get preferences", "read");
    return currentPreferences(readPreferences(this.#read(user)), this.#options.now());
  }

  /**
   * Changes the caller's own preferences, and with them the caller's open streams; answers with all of them.
   *
   * @throws {AccessError} {NotFoundError} also for a channel that the caller may not read: it would be a typing error.
   */
  async set({ caller, address, change, replaces = false }: PreferencesRequest): Promise<Preferences> {
    const { writer, access, now } = this.#options;
    const action = "set preferences";
    const userId = requirePerson(caller, action, "admin");
    const { muted, channelSeverity } = readPreferences(this.#read(userId));
    for (const name of channelsOfChange(change)) {
      const isKnown = Object.hasOwn(muted, name) || Object.hasOwn(channelSeverity, name);
      if (!isKnown) access.require(caller, "read", { name, action });
    }
    const actor = actorOf({ caller: requireSomebody(caller, action), address });
    const input = { actor, at: now(), userId, change: JSON.stringify(change), replaces };
    return currentPreferences(readPreferences(await writer.execute({ kind: "preferences.set", input })), now());
  }

  /** What a caller's streams leave out; null: nothing. Programs, with tokens, are given everything. */
  filterOf(caller: Caller): PreferenceFilter | null {
    const json = caller.kind === "user" ? this.#read(caller.id) : null;
    return json === null ? null : createPreferenceFilter(readPreferences(json));
  }

  /** Calls the listener with the user whose preferences were set, once they are stored. */
  onChange(listener: (user: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }
}

/** Whose preferences a caller means: a person's own, with a token its owner's. @throws {AccessError} */
function requirePerson(caller: Caller, action: string, scope: "read" | "admin"): string {
  const user = requireUser(caller, action);
  if (caller.kind !== "token") return user;
  const { scopes, patterns } = caller;
  const mayRead = scope === "read" && scopes.has("read");
  if (mayRead || (scopes.has("admin") && patterns.includes("*"))) return user;
  throw new AccessError("FORBIDDEN", `Cannot ${action}: this token has not the scope "${scope}" on all channels`);
}
