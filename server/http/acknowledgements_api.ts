import { Hono } from "hono";
import { requireSomebody } from "../auth/guard.ts";
import type { AcknowledgementDesk } from "../publishing/acknowledgement_desk.ts";
import { byNotification } from "../rules/acknowledgement.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal, JSON_HEADERS } from "./errors.ts";
import { idParameter, queryOf, readQuery } from "./parameters.ts";

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
    const action = "acknowledge";
    let input: unknown;
    try {
      const caller = requireSomebody(c.var.caller, action);
      input = readQuery(queryOf(c), { action, path: { id: idParameter(c.req.param("id")) } });
      const answer = await acknowledgementDesk.acknowledge(caller, byNotification.parse(input).id);
      return c.json(answer, 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  api.get("/notifications/:id/status", (c) => {
    const action = "read a status";
    let input: unknown;
    try {
      const caller = requireSomebody(c.var.caller, action);
      input = readQuery(queryOf(c), { action, path: { id: idParameter(c.req.param("id")) } });
      return c.json(acknowledgementDesk.status(caller, byNotification.parse(input).id), 200, JSON_HEADERS);
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  return api;
}
