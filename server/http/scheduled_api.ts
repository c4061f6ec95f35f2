import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { Scheduler } from "../publishing/scheduler.ts";
import { cancelInput, rescheduleInput, scheduledInput } from "../rules/waiting.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { readJson, withFields } from "./json_body.ts";
import { idParameter, queryOf, readQuery, requireNoQuery } from "./parameters.ts";

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
    const action = "list what is scheduled";
    let input: unknown;
    try {
      requireSomebody(c.var.caller, action);
      input = readQuery(queryOf(c), { action, forms: { limit: "number" } });
      return c.json(scheduler.list(scheduledInput.parse(input), c.var.caller));
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  api.patch("/scheduled/:id", async (c) => {
    const scheduledId = idParameter(c.req.param("id"));
    let input: unknown;
    try {
      requireSomebody(c.var.caller, "reschedule");
      requireNoQuery(c, "reschedule");
      input = withFields(await readJson(c, "reschedule"), { scheduledId });
      return c.json(await scheduler.reschedule(rescheduleInput.parse(input), c.var));
    } catch (error) {
      return refuse(error, { action: "reschedule", input });
    }
  });

  api.delete("/scheduled/:id", async (c) => {
    const scheduledId = idParameter(c.req.param("id"));
    let input: unknown;
    try {
      requireSomebody(c.var.caller, "cancel");
      input = readQuery(queryOf(c), { action: "cancel", path: { scheduledId } });
      return c.json(await scheduler.cancel(cancelInput.parse(input).scheduledId, c.var));
    } catch (error) {
      return refuse(error, { action: "cancel", input });
    }
  });
  return api;
}
