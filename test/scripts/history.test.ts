/** `belfry list`, `search`, `export` and `stats`, as their users run them. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notification, UsageHistory } from "../../web/client/mod.ts";
import { makeToken, makeUser } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { makeTempFolder } from "../_temp.ts";
import { runBelfry } from "./_program.ts";

let server: TestServer;
let ann = "";
const ids: number[] = [];
const temp = makeTempFolder();
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders"] });
  const cookie = await makeUser(server, { cookie: await signInAdmin(server) }, { id: "ann" });
  ann = (await makeToken(server, cookie, { scopes: ["read"] })).secret;
  for (const draft of [
    { message: "Disk\u001b]0;owned\u0007 full\nand more", title: "Backup", severity: "error", type: "backup" },
    { channel: "orders", message: "order 1" },
    { channel: "orders", message: "order 2" },
    { channel: "orders", event: "update", data: { n: 1 } },
    { message: "for Ann", to: "ann" },
  ]) {
    ids.push((await server.publish(draft)).id);
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  temp[Symbol.dispose]();
});

const as = (token: string, ...args: string[]) =>
  runBelfry(args, { env: { BELFRY_URL: server.url, BELFRY_TOKEN: token } });
const belfry = (...args: string[]) => as(TOKEN, ...args);
const idsOf = (stdout: string) =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as Notification).id);

describe("belfry list and search", () => {
  test("list prints a table, the newest first, and where to go on", async () => {
    const { code, stdout, stderr } = await belfry("list", "--limit", "2", "--channels", "orders");
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^ID +TIME +SEVERITY +CHANNEL +WHAT$/);
    expect(rows[0]).toMatch(
      new RegExp(`^${ids[3]} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d +info +orders +update · {"n":1}$`),
    );
    expect(rows[1]).toMatch(/order 2$/);
    const [, cursor = ""] = /^There is more: --before (\S+)\n$/.exec(stderr) ?? [];
    const rest = await belfry("list", "--channels", "orders", "--before", cursor, "--json");
    expect(rest).toMatchObject({ code: 0, stderr: "" });
    expect(idsOf(rest.stdout)).toEqual([ids[1]]);
  });

  test("list filters, and lets nobody's text steer the terminal", async () => {
    const shown = await belfry("list", "--types", "backup", "--min-severity", "error", "--from", "1h");
    expect(shown.stdout).toMatch(/Backup · Disk.* full and more$/m);
    expect(shown.stdout).not.toContain("\u001b");
    expect(idsOf((await as(ann, "list", "--recipient", "ann", "--unread", "--json")).stdout)).toEqual([ids[4]]);
    expect((await as(ann, "list", "--recipient", "ann", "--read")).stdout).toBe("");
    expect(idsOf((await belfry("list", "--all", "--json")).stdout)).toEqual(ids.toReversed());
    expect((await belfry("list", "--until", "2020-01-01")).stdout).toBe("");
  });

  test("--channel and --channels stand for each other, up to the end of the options", async () => {
    const listed = await belfry("list", "--channel", "orders", "--json");
    expect(listed.stdout).toBe((await belfry("list", "--channels=orders", "--json")).stdout);
    expect(idsOf(listed.stdout)).toEqual([ids[3], ids[2], ids[1]]);
    expect(await belfry("list", "--channel=nowhere")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no channel "nowhere"'),
    });
    expect(await belfry("publish", "--channels", "nowhere", "x")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"nowhere"'),
    });
    expect(await belfry("search", "--", "--channel")).toMatchObject({ code: 0, stdout: "" });
  });

  test("search takes words, and words in quotes together", async () => {
    expect(idsOf((await belfry("search", "full", "dis", "--json")).stdout)).toEqual([ids[0]]);
    expect(idsOf((await belfry("search", "disk full", "--json")).stdout)).toEqual([]);
    expect(idsOf((await belfry("search", "full and", "--json")).stdout)).toEqual([ids[0]]);
    expect(await belfry("search", "nothing")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test.each([
    [["list", "--limit", "0"], 2, /--limit must be a number/],
    [["list", "--from", "soon"], 2, /--from must be/],
    [["list", "--read", "--unread"], 2, /--read or --unread, not both/],
    [["list", "word"], 2, /one word too many/],
    [["search"], 2, /WORDS is missing/],
    [["list", "--channels", "nowhere"], 1, /there is no channel "nowhere"/],
    [["list", "--read"], 1, /read needs a user/],
    [["stats", "--step", "week"], 2, /--step must be one of hour, day/],
    [["stats", "--channels", "nowhere"], 1, /there is no channel "nowhere"/],
    [["export", "--format", "xml"], 2, /--format must be one of/],
    [["export", "--channels", "nowhere"], 1, /there is no channel "nowhere"/],
  ])("%j says in one line what is wrong", async (args, code, reason) => {
    const ended = await belfry(...args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^Cannot [^\n]*\n$/);
    expect(ended.stderr).toMatch(reason);
  });
});

describe("belfry export", () => {
  test("writes everything that matches, the oldest first", async () => {
    const all = await belfry("export", "--all");
    expect(all).toMatchObject({ code: 0, stderr: "" });
    expect(idsOf(all.stdout)).toEqual(ids);
    expect(idsOf((await belfry("export", "--channels", "orders,general", "--text", "order")).stdout)).toEqual([
      ids[1],
      ids[2],
    ]);
  });

  test("makes a new file, as a table where its name says so", async () => {
    const file = join(temp.path, "orders.csv");
    expect(await belfry("export", "--channels", "orders", "--output", file)).toMatchObject({ code: 0, stdout: "" });
    const lines = readFileSync(file, "utf8").split("\r\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^id,timestamp,channel,/);
    const again = await belfry("export", "--output", file);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("there is a file") });
    expect(readFileSync(file, "utf8").split("\r\n")).toHaveLength(5);
    const nowhere = join(temp.path, "no", "such", "folder");
    expect(await belfry("export", "--output", nowhere)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("ENOENT"),
    });
    expect(existsSync(nowhere)).toBe(false);
  });

  test("says so when the answer is cut off", async () => {
    await using broken = createServer((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{}\n", () => response.destroy());
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => broken.once("listening", resolve));
    const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    const ended = await runBelfry(["export", "--url", url, "--token", "x"]);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Cannot export .*what was written is not all\n$/),
    });
  });
});

test("belfry stats prints a row for each step, or the sums of each channel", async () => {
  // An hour or a day may turn while this runs: sums over the steps hold all the same.
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  const published = async (): Promise<number> => {
    const { series } = JSON.parse((await belfry("stats", "--json", "--step", "hour")).stdout) as UsageHistory;
    return sum((series[0]?.points ?? []).map((point) => point.published));
  };
  await expect.poll(published).toBe(5);
  const [heading, ...rows] = (await belfry("stats", "--from", "2d")).stdout.trimEnd().split("\n");
  expect(heading).toMatch(/^FROM +PUBLISHED +DELIVERED +READ +ACKNOWLEDGED +READ AFTER$/);
  const counts = rows.map((row) => /^\d{4}-\d\d-\d\d \d\d:\d\d +(\d+) +0 +0 +0 +–$/.exec(row)?.[1]);
  expect(counts.length).toBeGreaterThanOrEqual(3);
  expect(sum(counts.map(Number))).toBe(5);
  const sums = (await belfry("stats", "--by", "channel")).stdout;
  expect(sums).toMatch(/^PUBLISHED +DELIVERED +READ +ACKNOWLEDGED +CHANNEL\n3 .*orders\n2 .*general\n$/);
  expect(await as(ann, "stats")).toMatchObject({ code: 1, stderr: expect.stringContaining("only admins may") });
});
