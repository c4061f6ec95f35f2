import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { UsageDesk } from "../reading/usage_desk.ts";
import type { UsageSchema } from "../rules/usage.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal, JSON_HEADERS } from "./errors.ts";
import { type QueryForms, queryOf, readQuery } from "./parameters.ts";

/** What the routes of statistics use. */
export interface StatsApiOptions {
  readonly usageDesk: UsageDesk;
  readonly usageSchema: UsageSchema;
  readonly onError: (error: unknown) => void;
}

const FORMS: QueryForms = { channels: "list", types: "list", from: "number", until: "number" };

/** `/api/stats`: what was counted. */
export function createStatsApi({ usageDesk, usageSchema, onError }: StatsApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.get("/stats/history", async (c) => {
    const action = "read the statistics";
    let input: unknown;
    try {
      requireSomebody(c.var.caller, action);
      input = readQuery(queryOf(c), { action, forms: FORMS });
      const history = await usageDesk.history(usageSchema.parse(input), c.var.caller, c.req.raw.signal);
      return c.json(history, 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });
  return api;
}
