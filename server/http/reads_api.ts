import { type Context, Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { ReadDesk } from "../reading/read_desk.ts";
import { markAllInput, markInput, unreadInput } from "../rules/reads.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal, JSON_HEADERS } from "./errors.ts";
import { readJson } from "./json_body.ts";
import { queryOf, readQuery, requireNoQuery } from "./parameters.ts";

/** What the routes of read state use. */
export interface ReadsApiOptions {
  readonly readDesk: ReadDesk;
  readonly onError: (error: unknown) => void;
}

/** Makes the routes that say what the caller has read. */
export function createReadsApi({ readDesk, onError }: ReadsApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  const mark = async (c: Context<HttpEnv>, read: boolean): Promise<Response> => {
    const action = `mark as ${read ? "read" : "unread"}`;
    let input: unknown;
    try {
      requireSomebody(c.var.caller, action);
      requireNoQuery(c, action);
      input = await readJson(c, action);
      const caller = requireSomebody(c.var.caller, action);
      const { isAll, rest } = read ? takeAll(input) : { isAll: false, rest: input };
      const done = isAll
        ? await readDesk.markAll(caller, markAllInput.parse(rest))
        : await readDesk.mark(caller, markInput.parse(rest), read);
      return c.json(done, 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  };
  api.post("/notifications/read", (c) => mark(c, true));
  api.post("/notifications/unread", (c) => mark(c, false));

  api.get("/notifications/unread-count", (c) => {
    const action = "count what is unread";
    let input: unknown;
    try {
      input = readQuery(queryOf(c), { action, forms: { channels: "list", all: "boolean" } });
      return c.json(readDesk.unread(c.var.caller, unreadInput.parse(input)), 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  return api;
}

/** Tells `{"all": true, …}` from what names notifications. */
function takeAll(body: unknown): { readonly isAll: boolean; readonly rest: unknown } {
  if (typeof body !== "object" || body === null || !("all" in body) || body.all !== true) {
    return { isAll: false, rest: body };
  }
  const { all: _, ...rest } = body;
  return { isAll: true, rest };
}
