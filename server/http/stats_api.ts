import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { UsageDesk } from "../reading/usage_desk.ts";
import type { UsageSchema } from "../rules/usage.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal, JSON_HEADERS } from "./errors.ts";
import { listParameter, numberParameter } from "./parameters.ts";

/** What the routes of statistics use. */
export interface StatsApiOptions {
  readonly usageDesk: UsageDesk;
  readonly usageSchema: UsageSchema;
  readonly onError: (error: unknown) => void;
}

/** `/api/stats`: what was counted. */
export function createStatsApi({ usageDesk, usageSchema, onError }: StatsApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.get("/stats/history", async (c) => {
    const action = "read the statistics";
    const query = c.req.query();
    const lists = { ...listParameter("channels", query["channels"]), ...listParameter("types", query["types"]) };
    const times = { ...numberParameter("from", query["from"]), ...numberParameter("until", query["until"]) };
    const input = { ...query, ...lists, ...times };
    try {
      requireSomebody(c.var.caller, action);
      const history = await usageDesk.history(usageSchema.parse(input), c.var.caller, c.req.raw.signal);
      return c.json(history, 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });
  return api;
}
