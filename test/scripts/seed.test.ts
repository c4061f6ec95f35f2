import { spawn } from "node:child_process";
import { once } from "node:events";
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

/** Runs it; answers with what it printed. */
async function seed(env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [SEED], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return output;
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
  const { port } = new URL(server.url);
  const output = await seed({ BELFRY_DATA: server.folder, BELFRY_PORT: port });
  expect(output).toBe(`Published ${COUNT} notifications to ${server.url}\n`);
  const { channels, types, published, notifications, tokens } = look(server.folder);
  expect([types, published]).toEqual([TYPES, Object.keys(TYPES)]);
  expect(channels).toEqual(["general", ...Object.keys(SAMPLE_CHANNELS)].sort());
  expect([notifications, tokens]).toEqual([COUNT, 0]);
});
