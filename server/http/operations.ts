import { Hono } from "hono";
import type { Database } from "../../db/database.ts";
import type { HttpEnv } from "./app.ts";

/** Makes `/healthz` (the process answers) and `/readyz` (so does the database). */
export function createOperations(db: Database): Hono<HttpEnv> {
  const operations = new Hono<HttpEnv>();
  operations.get("/healthz", (c) => c.json({ status: "ok" }));
  operations.get("/readyz", (c) => {
    db.sqlite.prepare("SELECT 1").get();
    return c.json({ status: "ok" });
  });
  return operations;
}
