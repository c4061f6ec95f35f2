import type { HubClient } from "./hub.ts";
import type { Preferences, PreferencesInput } from "./items.ts";

/** What the user wants to be shown. With a token, the user that it is bound to. */
export interface PreferenceCalls {
  /** What holds now. @throws {HubError} */
  get(): Promise<Preferences>;
  /**
   * Changes what is given and leaves the rest; null puts a field, or a channel's entry, back to the default. The user's
   * open streams follow at once. Answers with what holds then. @throws {HubError}
   */
  set(changes: PreferencesInput): Promise<Preferences>;
}

/** Makes the {@linkcode PreferenceCalls} of a client. */
export function createPreferenceCalls({ preferences }: HubClient): PreferenceCalls {
  return {
    get: () => preferences.get.query(),
    set: (changes) => preferences.set.mutate(changes),
  };
}
