import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import type { HttpEnv } from "./app.ts";

const NOT_BUILT = "The page is not built yet. Run: npm run build\n";

/** Serves the built page: its files, and index.html for every other path, because the page routes itself. */
export function createAssets(folder: string): Hono<HttpEnv> {
  const assets = new Hono<HttpEnv>();
  // Names in assets/ hold a hash of the content.
  assets.use("/assets/*", async (c, next) => {
    await next();
    if (c.res.ok) c.header("cache-control", "public, max-age=31536000, immutable");
  });
  // No index: a folder's own path is the page's to route, like any other.
  if (existsSync(folder)) assets.use("*", serveStatic({ root: folder, index: "none" }));
  assets.get("*", (c) => {
    c.header("cache-control", "no-cache");
    if (c.req.path.startsWith("/assets/")) return c.text("Not found\n", 404);
    try {
      return c.html(readFileSync(join(folder, "index.html"), "utf8"));
    } catch {
      return c.text(NOT_BUILT, 503);
    }
  });
  return assets;
}
