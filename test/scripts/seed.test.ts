import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { listChannels } from "../../db/channels.ts";
import { openDatabase } from "../../db/database.ts";
import { readTypes } from "../../db/types.ts";
import { SAMPLE_CHANNELS } from "../../scripts/samples.ts";
import { startTestServer } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";

const SEED = fileURLToPath(new URL("../../scripts/seed.ts", import.meta.url));
const COUNT = 200;
/** The types that come with it, and what each is by default. */
const TYPES = {
  dispute_created: "critical",
  order_created: "info",
  payment_expired: "warning",
  payment_received: "info",
  refund_request: "warning",
  shipment_update: "info",
  stock_low: "warning",
};

/** Runs it; answers with how it ended and what it printed. */
async function run(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [SEED], { env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, stdout, stderr };
}

/** Runs it; answers with what it printed. */
async function seed(env: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await run(env);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** What a data folder holds: its channels, types, how many notifications, and whether a token opens it. */
function look(folder: string) {
  using db = openDatabase(folder, { readonly: true });
  const count = (from: string) => db.sqlite.prepare(`SELECT count(*) FROM ${from}`).pluck().get();
  const typed =
    "SELECT DISTINCT type FROM notifications WHERE json ->> '$.typeVersion' = 1 AND json ->> '$.title' <> ''";
  return {
    channels: listChannels(db).map(({ name }) => name),
    types: Object.fromEntries(readTypes(db).map(({ name, severity }) => [name, severity])),
    published: db.sqlite.prepare(`${typed} ORDER BY type`).pluck().all(),
    notifications: count("notifications"),
    tokens: count("tokens WHERE revoked_at IS NULL"),
  };
}

test("seed.ts makes channels and notifications in a new data folder, and notifications again in one that has them", async () => {
  using temp = makeTempFolder();
  const data = `${temp.path}/data`;
  expect(await seed({ BELFRY_DATA: data })).toBe(`Wrote ${COUNT} notifications of the past week into ${data}\n`);
  const published = Object.keys(TYPES);
  const channels = Object.keys(SAMPLE_CHANNELS).sort();
  expect(look(data)).toEqual({ channels, types: TYPES, published, notifications: COUNT, tokens: 0 });
  await seed({ BELFRY_DATA: data });
  expect(look(data).notifications).toBe(2 * COUNT);
});

test("seed.ts publishes to a server that runs, and leaves no token behind", async () => {
  // One of its channels is there already.
  await using server = await startTestServer({ channels: ["orders"] });
  // Where it listens it says itself, in the data folder.
  const output = await seed({ BELFRY_DATA: server.folder, BELFRY_PORT: "1" });
  expect(output).toBe(`Published ${COUNT} notifications to ${server.url}\n`);
  const { channels, types, published, notifications, tokens } = look(server.folder);
  expect([types, published]).toEqual([TYPES, Object.keys(TYPES)]);
  expect(channels).toEqual(["general", ...Object.keys(SAMPLE_CHANNELS)].sort());
  expect([notifications, tokens]).toEqual([COUNT, 0]);
});

test("seed.ts goes where BELFRY_URL says, and names the address where that fails", async () => {
  await using server = await startTestServer({ env: { BELFRY_PUBLIC_URL: "http://belfry.invalid" } });
  expect(await seed({ BELFRY_DATA: server.folder, BELFRY_URL: server.url })).toContain(` to ${server.url}\n`);
  const refused = await run({ BELFRY_DATA: server.folder, BELFRY_URL: "http://127.0.0.1:1" });
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^Cannot seed the server at http:\/\/127\.0\.0\.1:1: [^\n]*\n$/);
  await using other = await startTestServer();
  const unknown = await run({ BELFRY_DATA: server.folder, BELFRY_URL: other.url });
  expect(unknown.stderr).toBe(
    `Cannot seed the server at ${other.url}: a token made in its data folder is not valid (unknown, revoked or expired)\n`,
  );
  expect(look(server.folder)).toMatchObject({ notifications: COUNT, tokens: 0 });
});

test("seed.ts leaves a type alone that is registered otherwise, and makes no samples of it", async () => {
  await using server = await startTestServer();
  const schema = { type: "object", required: ["code"], properties: { code: { type: "string" } } };
  for (const name of ["payment_received", "stock_low"]) await server.mutate("types.register", { name, schema });
  const told = /^Left out, because it is registered otherwise: payment_received, stock_low\n(?:Published|Wrote) (\d+) /;
  const published = Object.keys(TYPES).filter((name) => name !== "payment_received" && name !== "stock_low");
  const [, count] = told.exec(await seed({ BELFRY_DATA: server.folder })) ?? [];
  expect(look(server.folder)).toMatchObject({ published, notifications: Number(count) });
  await server.running[Symbol.asyncDispose]();
  const [, again] = told.exec(await seed({ BELFRY_DATA: server.folder })) ?? [];
  expect(again).toBe(count);
  expect(look(server.folder)).toMatchObject({ published, notifications: 2 * Number(count) });
});
