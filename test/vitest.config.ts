/**
 * How the tests run: real servers, real files, a real browser; so they wait as well as compute, and one file more than
 * there are processors runs at a time. Files share the modules of their process: none of ours holds state, and to load
 * them anew for each file costs a fifth of the whole run.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";
import { findChromium } from "../scripts/chromium.mjs";
import { COMPILE_CACHE } from "../scripts/compile_cache.mjs";
import { LongestFirst } from "./_sequencer.ts";

const chromium = findChromium();
/** What renders or is reactive: Solid needs the conditions of a browser there, or it loads its server's half. */
const PAGE = ["test/web/**/*.test.tsx", "test/web/{app,bell}/**/*.test.ts"];

/** Two projects: `page` with jsdom and Solid, `node` for everything else, the browser tests included. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    maxWorkers: availableParallelism() + 1,
    isolate: false,
    unstubGlobals: true,
    unstubEnvs: true,
    sequence: { sequencer: LongestFirst },
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
