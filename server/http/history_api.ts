import { type Context, Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { Archive } from "../reading/archive.ts";
import { getInput, historyFilter, latestInput, listInput } from "../rules/history.ts";
import type { HttpEnv } from "./app.ts";
import { answerJson, createRefusal } from "./errors.ts";
import { idParameter, type QueryForms, queryOf, readQuery } from "./parameters.ts";

/** What the routes of the history use. */
export interface HistoryApiOptions {
  readonly archive: Archive;
  readonly onError: (error: unknown) => void;
}

/** The fields of a filter that are not text. */
export const FILTER_FORMS = {
  channels: "list",
  types: "list",
  events: "list",
  from: "number",
  until: "number",
  read: "boolean",
  all: "boolean",
} as const satisfies QueryForms;
const LIST_FORMS = { ...FILTER_FORMS, limit: "number" } as const satisfies QueryForms;

/** `/api/notifications`: reading what was published. Notifications are written as they are stored. */
export function createHistoryApi({ archive, onError }: HistoryApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  /** Answers with what is read, or with what is wrong. Only what a channel opens to the public is for nobody, by name. */
  const answer = async (c: Context<HttpEnv>, action: string, read: (input: object) => Promise<string>) => {
    let input: Record<string, unknown> = {};
    try {
      input = readQuery(queryOf(c), { action, forms: LIST_FORMS });
      if (!namesChannel(input)) requireSomebody(c.var.caller, action);
      return answerJson(await read(input));
    } catch (error) {
      return refuse(error, { action, input });
    }
  };

  api.get("/notifications", (c) =>
    answer(c, "list notifications", async (input) =>
      writePage(await archive.page(listInput.parse(input), c.var.caller, c.req.raw.signal)),
    ),
  );
  api.get("/notifications/count", (c) =>
    answer(c, "count notifications", async (input) => {
      const count = await archive.count(historyFilter.parse(input), c.var.caller, c.req.raw.signal);
      return JSON.stringify({ count });
    }),
  );
  api.get("/notifications/latest", (c) =>
    answer(c, "get the latest of a channel", async (input) =>
      writePage(await archive.latest(latestInput.parse(input), c.var.caller, c.req.raw.signal)),
    ),
  );
  api.get("/notifications/:id{[0-9]{1,15}}", (c) => {
    const id = idParameter(c.req.param("id"));
    const action = `get notification ${id}`;
    let input: unknown;
    try {
      input = readQuery(queryOf(c), { action, forms: { all: "boolean" }, path: { id } });
      return answerJson(archive.get(getInput.parse(input), c.var.caller).json);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });
  return api;
}

/** Whether a filter names what it is about: a channel may be open to nobody in particular. */
export function namesChannel({ channel, channels }: Readonly<Record<string, unknown>>): boolean {
  return Boolean(channel) || (Array.isArray(channels) && channels.length > 0);
}

interface Rows {
  readonly rows: readonly { readonly json: string }[];
}

/** A page as JSON, of notifications that are JSON already. */
function writePage({ rows, ...ends }: Rows & object): string {
  return `{"items":[${rows.map(({ json }) => json).join(",")}],${JSON.stringify(ends).slice(1)}`;
}
