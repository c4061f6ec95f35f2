import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHub } from "../../web/client/mod.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";
import { events } from "../client/_shop.ts";
import { runBelfry } from "./_program.ts";

const PULLED = fileURLToPath(new URL("../client/_pulled_events.d.ts", import.meta.url));
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders"] });
});
afterAll(() => server[Symbol.asyncDispose]());

const run = (args: readonly string[], input = "") =>
  runBelfry(["types", ...args], { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN }, input });

const TYPE = { name: "a.first", severity: "warning", description: "The \u0007first", schema: { type: "object" } };

test("belfry types register takes a file with one type or a list, and standard input", async () => {
  using folder = makeTempFolder();
  const file = `${folder.path}/types.json`;
  writeFileSync(file, JSON.stringify(TYPE));
  expect(await run(["register", file])).toMatchObject({ code: 0, stdout: "a.first v1 created\n" });
  const both = JSON.stringify([TYPE, { name: "b.second", channel: "orders" }]);
  expect((await run(["register"], both)).stdout).toBe("a.first v1 unchanged\nb.second v1 created\n");
  const { stdout } = await run(["register", "-", "--json"], JSON.stringify({ ...TYPE, severity: "error" }));
  expect(JSON.parse(stdout)).toMatchObject({ name: "a.first", version: 1, severity: "error", change: "updated" });
});

test("belfry types list and show print what is there", async () => {
  await run(["register"], JSON.stringify([TYPE, { name: "b.second", channel: "orders" }]));
  const { stdout } = await run(["list"]);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    "a.first                   v1    warning                     The  first",
    "b.second                  v1              orders",
  ]);
  const listed = JSON.parse((await run(["list", "--json"])).stdout) as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(["a.first", "b.second"]);
  expect(JSON.parse((await run(["show", "a.first", "--version", "1"])).stdout)).toMatchObject(TYPE);
  const none = await run(["show", "a.first", "--version", "2"]);
  expect(none).toMatchObject({ code: 1, stderr: 'Cannot get version 2 of type "a.first": there is none\n' });
});

test.each([
  [["register", "no-such-file.json"], "", 1, /^Cannot register types: no-such-file\.json has no JSON: ENOENT/],
  [["register"], "{name", 1, /^Cannot register types: standard input has no JSON: /],
  [["register"], '{"name":"x","title":"{{y}}"}', 1, /^Cannot register type "x": title names {{y}}/],
  [["register"], "7", 1, /must be an object/],
  [["show", "x", "--version", "two"], "", 2, /--version must be a number, is "two"/],
  [["show"], "", 2, /NAME is missing/],
  [["push"], "", 2, /no command "push" \(did you mean pull\?\)/],
])("belfry types %j says in one line what is wrong", async (args, input, code, message) => {
  const ended = await run(args, input);
  expect(ended).toMatchObject({ code, stdout: expect.any(String), stderr: expect.stringMatching(message) });
  expect(ended.stderr.trimEnd()).not.toContain("\n");
});

test("belfry types pull prints the interface Events that the type test compiles with", async () => {
  await using shop = await startTestServer({ channels: ["orders"] });
  using hub = createHub({ url: shop.url, token: TOKEN, events });
  await hub.registerEvents();
  // More than one page.
  const many = Array.from({ length: 60 }, (_, n) => ({ name: `z${n}` }));
  const pull = () => runBelfry(["types", "pull"], { env: { BELFRY_URL: shop.url, BELFRY_TOKEN: TOKEN } });
  const pulled = await pull();
  expect(pulled).toMatchObject({ code: 0, stderr: "" });
  await expect(pulled.stdout).toMatchFileSnapshot(PULLED);
  await runBelfry(["types", "register"], {
    env: { BELFRY_URL: shop.url, BELFRY_TOKEN: TOKEN },
    input: JSON.stringify(many),
  });
  expect((await pull()).stdout.match(/^ {2}z\d+: unknown;$/gm)).toHaveLength(60);
});
