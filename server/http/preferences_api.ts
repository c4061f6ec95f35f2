import { type Context, Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { PreferenceBook } from "../reading/preference_book.ts";
import type { PreferencesSchema } from "../rules/preferences.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { readJson } from "./json_body.ts";
import { requireNoQuery } from "./parameters.ts";

/** What the routes of preferences use. */
export interface PreferencesApiOptions {
  readonly preferences: PreferenceBook;
  readonly preferencesSchema: PreferencesSchema;
  readonly onError: (error: unknown) => void;
}

/** `/api/preferences`: the caller's own. */
export function createPreferencesApi(options: PreferencesApiOptions): Hono<HttpEnv> {
  const { preferences, preferencesSchema, onError } = options;
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  const set = async (c: Context<HttpEnv>, replaces: boolean): Promise<Response> => {
    let input: unknown;
    try {
      requireSomebody(c.var.caller, "set preferences");
      requireNoQuery(c, "set preferences");
      input = await readJson(c, "set preferences");
      const { caller, address } = c.var;
      const change = preferencesSchema.parse(input);
      return c.json(await preferences.set({ caller, address, change, replaces }));
    } catch (error) {
      return refuse(error, { action: "set preferences", input });
    }
  };

  api.get("/preferences", (c) => {
    try {
      requireNoQuery(c, "get preferences");
      return c.json(preferences.get(c.var.caller));
    } catch (error) {
      return refuse(error, { action: "get preferences", input: undefined });
    }
  });
  // PATCH changes what it names; PUT puts back to the default whatever it does not name.
  api.patch("/preferences", (c) => set(c, false));
  api.put("/preferences", (c) => set(c, true));
  return api;
}
