/**
 * How the tests run: real servers, real files, a real browser; so they wait more than they compute, and files run side
 * by side also on a small machine.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";
import { findChromium } from "../scripts/chromium.mjs";
import { COMPILE_CACHE } from "../scripts/compile_cache.mjs";

const chromium = findChromium();
/** What renders or is reactive: Solid needs the conditions of a browser there, or it loads its server's half. */
const PAGE = ["test/web/**/*.test.tsx", "test/web/{app,bell}/**/*.test.ts"];

/** Two projects: `page` with jsdom and Solid, `node` for everything else, the browser tests included. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: ["default", fileURLToPath(new URL("./_totals_reporter.ts", import.meta.url))],
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: PAGE,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Every server that a test starts has a thread, and some are processes, that Node itself compiles.
          env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...(chromium && { CHROMIUM_PATH: chromium }) },
        },
      },
      {
        extends: true,
        plugins: [solid()],
        resolve: { conditions: ["development", "browser"] },
        test: { name: "page", environment: "jsdom", include: PAGE, testTimeout: 30_000 },
      },
    ],
  },
});
