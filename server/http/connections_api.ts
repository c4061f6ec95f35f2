import { Hono } from "hono";
import { requireAdmin } from "../auth/guard.ts";
import type { Connections } from "../reading/connections.ts";
import { connectionPageInput } from "../rules/follow.ts";
import type { HttpEnv } from "./app.ts";
import { createRefusal } from "./errors.ts";
import { numberParameter } from "./parameters.ts";

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
    const query = c.req.query();
    const input = {
      ...query,
      ...numberParameter("after", query["after"]),
      ...numberParameter("limit", query["limit"]),
    };
    try {
      requireAdmin(c.var.caller, "list connections");
      return c.json(connections.list(connectionPageInput.parse(input), c.var.caller));
    } catch (error) {
      return refuse(error, { action: "list connections", input });
    }
  });

  api.delete("/connections/:clientId", async (c) => {
    try {
      await connections.close(c.req.param("clientId"), c.var);
      return c.body(null, 204);
    } catch (error) {
      return refuse(error, { action: "close a connection", input: undefined });
    }
  });

  return api;
}
