import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { AcknowledgementDesk } from "../publishing/acknowledgement_desk.ts";
import { byNotification } from "../rules/acknowledgement.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal, JSON_HEADERS } from "./errors.ts";
import { numberParameter } from "./parameters.ts";

/** What the routes of acknowledgement use. */
export interface AcknowledgementsApiOptions {
  readonly acknowledgementDesk: AcknowledgementDesk;
  readonly onError: (error: unknown) => void;
}

/** Makes the routes that acknowledge a notification, and say what became of it. */
export function createAcknowledgementsApi(options: AcknowledgementsApiOptions): Hono<HttpEnv> {
  const { acknowledgementDesk, onError } = options;
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.post("/notifications/:id/ack", async (c) => {
    const input = numberParameter("id", c.req.param("id"));
    try {
      const caller = requireSomebody(c.var.caller, "acknowledge");
      const answer = await acknowledgementDesk.acknowledge(caller, byNotification.parse(input).id);
      return c.json(answer, 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action: "acknowledge", input });
    }
  });

  api.get("/notifications/:id/status", (c) => {
    const input = numberParameter("id", c.req.param("id"));
    try {
      const caller = requireSomebody(c.var.caller, "read a status");
      return c.json(acknowledgementDesk.status(caller, byNotification.parse(input).id), 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action: "read a status", input });
    }
  });

  return api;
}
