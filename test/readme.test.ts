import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Environment, readConfig, SETTINGS } from "../server/config.ts";
import { README, readmeBlock, replaceAllOf } from "./_readme.ts";
import { startTestServer, TOKEN } from "./_server.ts";
import { makeTempFolder } from "./_temp.ts";
import { runBelfry } from "./scripts/_program.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Settings of the command-line client. */
const CLIENT = ["BELFRY_TOKEN", "BELFRY_TOKEN_FILE", "BELFRY_URL"];
/** Settings with their default, as the table has them; absent: none. */
const ROWS = new Map(
  [...README.matchAll(/^\| `(BELFRY_\w+)` \| (?:`([^`]+)`|–) \|/gm)].map(([, name = "", value]) => [name, value]),
);

test("README.md has a row for every setting, and for no other", () => {
  expect([...ROWS.keys()].sort()).toEqual([...SETTINGS].sort());
});

test("README.md names no setting that does not exist", () => {
  const named = new Set([...README.matchAll(/\bBELFRY_\w*\w/g)].map(([name]) => name));
  expect([...named].filter((name) => !SETTINGS.includes(name) && !CLIENT.includes(name))).toEqual([]);
});

test.each([...ROWS])("README.md tells the default of %s", (name, value) => {
  expect(readConfig(value === undefined ? {} : { [name]: value })).toEqual(readConfig({}));
  if (value === undefined) return;
  const words: Readonly<Record<string, string>> = { accept: "refuse" };
  const other = Number.isNaN(Number(value)) ? (words[value] ?? "debug") : String(Number(value) + 1);
  expect(readConfig({ [name]: other })).not.toEqual(readConfig({}));
});

test("README.md links only to headings and files that exist", () => {
  const headings = [...README.matchAll(/^#+ (.+)$/gm)].map(
    ([, text = ""]) =>
      `#${text
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-")}`,
  );
  for (const [, target = ""] of README.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith("#")) expect(headings).toContain(target);
    else expect(existsSync(`${ROOT}${target}`), target).toBe(true);
  }
});

/** Lines that a program of README.md prints, until one holds a text. */
async function runExample(code: string, until: string, env: Environment = {}): Promise<string[]> {
  await using server = await startTestServer({ env });
  using folder = makeTempFolder();
  symlinkSync(ROOT, `${folder.path}/belfry`, "dir");
  symlinkSync(`${ROOT}node_modules`, `${folder.path}/node_modules`, "dir");
  writeFileSync(`${folder.path}/example.mts`, replaceAllOf(code, { "http://127.0.0.1:8787": server.url }));
  await server.publish({ message: "from before" });
  const child = spawn(process.execPath, ["example.mts"], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"], BELFRY_TOKEN: TOKEN, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    return await readUntil(child, until);
  } finally {
    const ended = once(child, "exit");
    if (child.kill()) await ended;
  }
}

async function readUntil({ stdout }: ChildProcess, until: string): Promise<string[]> {
  const lines: string[] = [];
  if (!stdout) return lines;
  for await (const line of createInterface(stdout)) {
    lines.push(line);
    if (line.includes(until)) break;
  }
  return lines;
}

test("README.md's client with the SDK publishes, and follows from the beginning", async () => {
  const lines = await runExample(readmeBlock("ts", "typed end to end"), "typed end to end");
  expect(lines.join("\n")).toContain("info from before");
  expect(lines.at(-1)).toContain("success typed end to end");
});

test("README.md's client with plain tRPC publishes, and follows from the beginning", async () => {
  const lines = await runExample(readmeBlock("ts", "createTRPCClient"), "-2 notification");
  expect(lines[0]).toMatch(/-0 connected$/);
  expect(lines.at(-1)).toMatch(/-2 notification$/);
});

test("README.md's user of another application follows and publishes with a JWT", async () => {
  const env = { BELFRY_JWT_SECRET: "a secret of the tests, of 32 characters and more" };
  const lines = await runExample(readmeBlock("ts", "SignJWT"), "hello from", env);
  expect(lines).toEqual(["token:BELFRY_ADMIN_TOKEN from before", "123 hello from my application"]);
});

test("README.md's shop registers its types, and gets what it publishes with them", async () => {
  const lines = await runExample(readmeBlock("ts", "defineEvents"), "a-7");
  expect(lines).toEqual(["Order A-7 a-7"]);
});

test("README.md's type on the command line is registered, fills what is published, and refuses as it says", async () => {
  await using server = await startTestServer();
  const env = { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN };
  const [, input = "", data = ""] =
    /types register - <<'END'\n(.*?)END\n.*--data '(.*?)'/s.exec(readmeBlock("sh", "types register -")) ?? [];
  const made = await runBelfry(["types", "register", "-"], { env, input });
  expect(made.stdout).toBe("invoice_paid v1 created\n");
  const args = ["publish", "--type", "invoice_paid", "--json", "--data"];
  const published = await runBelfry([...args, data], { env });
  expect(JSON.parse(published.stdout)).toMatchObject({ title: "Order A-7 is paid", message: "12.5 €" });
  const draft = { type: "invoice_paid", data: { code: "A-7", total: "12" } };
  const body = JSON.stringify(draft);
  const headers = { "content-type": "application/json" };
  const refused = await server.fetch("/api/notifications", { method: "POST", headers, body });
  expect(`${await refused.text()}\n`).toBe(readmeBlock("json", "/data/total"));
});
