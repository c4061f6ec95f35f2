import { Hono } from "hono";
import { requireAdmin } from "../auth/guard.ts";
import type { Connections } from "../reading/connections.ts";
import { connectionPageInput } from "../rules/follow.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { queryOf, readQuery, requireNoQuery } from "./parameters.ts";

/** What the routes of connections use. */
export interface ConnectionsApiOptions {
  readonly connections: Connections;
  readonly onError: (error: unknown) => void;
}

/** `/api/connections`: the open streams; for admins. */
export function createConnectionsApi({ connections, onError }: ConnectionsApiOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  const refuse = createRefusal(onError);

  api.get("/connections", (c) => {
    const action = "list connections";
    let input: unknown;
    try {
      requireAdmin(c.var.caller, action);
      input = readQuery(queryOf(c), { action, forms: { after: "number", limit: "number" } });
      return c.json(connections.list(connectionPageInput.parse(input), c.var.caller));
    } catch (error) {
      return refuse(error, { action, input });
    }
  });

  api.delete("/connections/:clientId", async (c) => {
    try {
      requireNoQuery(c, "close a connection");
      await connections.close(c.req.param("clientId"), c.var);
      return c.body(null, 204);
    } catch (error) {
      return refuse(error, { action: "close a connection", input: undefined });
    }
  });

  return api;
}
