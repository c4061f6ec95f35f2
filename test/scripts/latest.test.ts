/** `belfry latest`, as its users run it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Notification } from "../../web/client/mod.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { runBelfry } from "./_program.ts";

const KEYED = "board";
let server: TestServer;
const told: number[] = [];
beforeAll(async () => {
  server = await startTestServer({ channels: [KEYED] });
  for (const [key, message] of [
    ["build", "running"],
    ["disk of db-1", "full"],
    ["build", "failed"],
    ["web", "up"],
  ]) {
    told.push((await server.publish({ channel: KEYED, key, message })).id);
  }
  await server.publish({ channel: KEYED, message: "without a key" });
});
afterAll(() => server[Symbol.asyncDispose]());

const belfry = (...args: string[]) => runBelfry(args, { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });
const idsOf = (stdout: string) =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as Notification).id);

test("prints the newest of each key, or of one, as a table or as JSON", async () => {
  const { code, stdout, stderr } = await belfry("latest", "--channel", KEYED);
  expect([code, stderr]).toEqual([0, ""]);
  const [head, ...rows] = stdout.trimEnd().split("\n");
  expect(head).toMatch(/^ID +TIME +SEVERITY +KEY +WHAT$/);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatch(/ web +up$/);
  expect(rows[1]).toMatch(new RegExp(`^${told[2]} +\\S+ \\S+ +info +build +failed$`));
  expect(rows[2]).toMatch(/ disk of db-1 +full$/);
  expect(idsOf((await belfry("latest", "--channel", KEYED, "--json")).stdout)).toEqual([told[3], told[2], told[1]]);
  expect(idsOf((await belfry("latest", "--channel", KEYED, "--key", "web", "--json")).stdout)).toEqual([told[3]]);
  expect(await belfry("latest", "--channel", KEYED, "--key", "other")).toMatchObject({ code: 0, stdout: "" });
});

test("says where to go on, and goes on there", async () => {
  const page = await belfry("latest", "--channel", KEYED, "--limit", "2", "--json");
  expect(page.stderr).toBe("There is more: --after='disk of db-1'\n");
  expect(idsOf(page.stdout)).toEqual([told[2], told[1]]);
  const rest = await belfry("latest", "--channel", KEYED, "--after=disk of db-1", "--json");
  expect([idsOf(rest.stdout), rest.stderr]).toEqual([[told[3]], ""]);
});

test.each([
  [["latest"], 2, /--channel is missing/],
  [["latest", "--channel", KEYED, "--limit", "x"], 2, /--limit must be a number/],
  [["latest", "--channel", KEYED, "--key", "web", "--after", "a"], 2, /--key or --after, not both/],
  [["latest", "--channel", "nowhere"], 1, /there is no channel "nowhere"/],
])("%j says in one line what is wrong", async (args, code, reason) => {
  const ended = await belfry(...args);
  expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(/^Cannot [^\n]*\n$/) });
  expect(ended.stderr).toMatch(reason);
});
