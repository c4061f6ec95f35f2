import type { PreferenceBook } from "../reading/preference_book.ts";
import type { PreferencesSchema } from "../rules/preferences.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `preferences` use. */
export interface PreferenceServices {
  readonly preferences: PreferenceBook;
  readonly preferencesSchema: PreferencesSchema;
}

/** `preferences.*`: everybody's own. */
export function createPreferencesRouter(t: Trpc, { preferences, preferencesSchema }: PreferenceServices) {
  return t.router({
    /** What the caller wants to be shown. */
    get: t.memberProcedure.query(({ ctx }) => preferences.get(ctx.caller)),

    /** Changes what is given, and leaves the rest; null puts back to the default. The caller's open streams follow. */
    set: t.memberProcedure
      .input(preferencesSchema)
      .mutation(({ ctx: { caller, address }, input: change }) => preferences.set({ caller, address, change })),
  });
}
