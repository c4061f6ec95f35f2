import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findChromium } from "../../scripts/chromium.mjs";

const SETUP = fileURLToPath(new URL("../../scripts/setup.mjs", import.meta.url));

/** Sets up for the tests on a machine where nothing is on the PATH: no npm, no apt-get, no Caddy. */
async function setUp(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [SETUP, "--install", "--test"], { env: { PATH: "/nowhere", ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  return { code, output };
}

test("setup.mjs --test says in one line which tests are skipped where a proxy cannot be installed", async () => {
  const { code, output } = await setUp({ CHROMIUM_PATH: findChromium() ?? "" });
  expect(output).toMatch(
    /^The tests behind [^\n]*Caddy are skipped: [^\n]* install [^\n]*Caddy; Debian: [^\n]* caddy\n$/,
  );
  expect(code).toBe(0);
});
