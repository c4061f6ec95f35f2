/** Finds the browser of the browser tests. Plain JavaScript, because setup.mjs needs it before anything is installed. */
import { existsSync } from "node:fs";

/** Where Chromium is looked for, after CHROMIUM_PATH. */
export const CHROMIUM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium-browser",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of Chromium, or of Chrome; undefined when there is none. */
export function findChromium() {
  return [process.env.CHROMIUM_PATH, ...CHROMIUM_PATHS].find((path) => path && existsSync(path));
}
