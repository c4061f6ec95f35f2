import { Hono } from "hono";
import type { Database } from "../../db/database.ts";
import type { Writer } from "../../db/writer.ts";
import type { TrustedProxies } from "../auth/address.ts";
import type { Authenticator } from "../auth/authenticate.ts";
import { requireAdmin } from "../auth/guard.ts";
import type { HttpEnv } from "./app.ts";
import { BARE_HEADERS } from "./errors.ts";
import type { Metrics } from "./metrics.ts";

/** What the routes for operators use. */
export interface OperationsOptions {
  readonly db: Database;
  readonly writer: Writer;
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  readonly proxies: TrustedProxies;
}

/** Makes `/healthz` (the process answers), `/readyz` (so does the database) and `/metrics` (for admins). */
export function createOperations(options: OperationsOptions): Hono<HttpEnv> {
  const { db, writer, authenticator, metrics, proxies } = options;
  const operations = new Hono<HttpEnv>();
  operations.get("/healthz", (c) => c.json({ status: "ok" }, 200, BARE_HEADERS));
  operations.get("/readyz", (c) => {
    db.sqlite.prepare("SELECT 1").get();
    if (writer.isAlive) return c.json({ status: "ok" }, 200, BARE_HEADERS);
    return c.json({ status: "the writer has died; restart Belfry" }, 503, BARE_HEADERS);
  });
  operations.get("/metrics", async (c) => {
    const authorization = c.req.header("authorization");
    const address = c.env?.incoming ? proxies.addressOf(c.env.incoming) : "";
    const credentials = { authorization, cookie: c.req.header("cookie") };
    requireAdmin(await authenticator.authenticate(credentials, address), "read the metrics");
    const { body, type } = await metrics.render();
    return c.body(body, 200, { ...BARE_HEADERS, "content-type": type });
  });
  return operations;
}
