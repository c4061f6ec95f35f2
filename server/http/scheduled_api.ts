import { type Context, Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { Scheduler } from "../publishing/scheduler.ts";
import { cancelInput, rescheduleInput, scheduledInput } from "../rules/waiting.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { readJson } from "./json_body.ts";
import { numberParameter } from "./parameters.ts";

/** What the routes of what waits for its time use. */
export interface ScheduledApiOptions {
  readonly scheduler: Scheduler;
  readonly onError: (error: unknown) => void;
}

/** `/api/scheduled`: what waits for its time. */
export function createScheduledApi({ scheduler, onError }: ScheduledApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.get("/scheduled", (c) => {
    const query = c.req.query();
    const input = { ...query, ...numberParameter("limit", query["limit"]) };
    try {
      requireSomebody(c.var.caller, "list what is scheduled");
      return c.json(scheduler.list(scheduledInput.parse(input), c.var.caller));
    } catch (error) {
      return refuse(error, { action: "list what is scheduled", input });
    }
  });

  api.patch("/scheduled/:id", async (c) => {
    let input: unknown;
    try {
      requireSomebody(c.var.caller, "reschedule");
      const body = await readJson(c, "reschedule");
      input = typeof body === "object" && body !== null ? { ...body, ...scheduledParameter(c) } : body;
      return c.json(await scheduler.reschedule(rescheduleInput.parse(input), c.var));
    } catch (error) {
      return refuse(error, { action: "reschedule", input });
    }
  });

  api.delete("/scheduled/:id", async (c) => {
    const input = scheduledParameter(c);
    try {
      requireSomebody(c.var.caller, "cancel");
      return c.json(await scheduler.cancel(cancelInput.parse(input).scheduledId, c.var));
    } catch (error) {
      return refuse(error, { action: "cancel", input });
    }
  });
  return api;
}

/** The id in the path. */
function scheduledParameter(c: Context): Record<string, number | string> {
  return numberParameter("scheduledId", c.req.param("id") ?? "");
}
