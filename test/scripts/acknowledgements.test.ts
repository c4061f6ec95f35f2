/** `belfry publish --ack`, `ack` and `status`, as their users run them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeToken, makeUser } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { runBelfry } from "./_program.ts";

let server: TestServer;
let token = "";
beforeAll(async () => {
  server = await startTestServer({ channels: ["oncall"] });
  const ann = await makeUser(server, { cookie: await signInAdmin(server) }, { id: "ann" });
  token = (await makeToken(server, ann, { scopes: ["read"] })).secret;
});
afterAll(() => server[Symbol.asyncDispose]());

/** As ann, who may read. */
const belfry = (...args: string[]) => runBelfry(args, { env: { BELFRY_URL: server.url, BELFRY_TOKEN: token } });
/** With the admin token, that is no user's. */
const admin = (...args: string[]) => runBelfry(args, { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });

test("what publish asks for with --ack is acknowledged with ack, and status tells the facts", async () => {
  const escalation = ["--escalate-after", "10m"];
  const published = await admin("publish", "Disk full", "--ack", "everyone", "--to", "ann,bob", ...escalation);
  expect(published).toMatchObject({ code: 0 });
  const id = published.stdout.trim();
  const before = await admin("status", id);
  expect(before).toMatchObject({ code: 0, stderr: "" });
  expect(before.stdout).toMatch(
    new RegExp(
      `^${id} {2}asks for acknowledgement by everyone, not settled, next at \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\n`,
    ),
  );
  expect(before.stdout).toContain("delivered: 0\nread: 0\nacknowledged: 0\noutstanding: 2\n  ann\n  bob\n");

  expect(await belfry("ack", id)).toMatchObject({
    code: 0,
    stdout: `${id} is acknowledged; others have to as well\n`,
    stderr: "",
  });
  await belfry("read", id);
  const json = JSON.parse((await admin("status", id, "--json")).stdout);
  expect(json).toMatchObject({ read: [{ user: "ann" }], acknowledged: [{ user: "ann" }], outstanding: ["bob"] });
  expect((await admin("status", id)).stdout).toMatch(
    /acknowledged: 1\n {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}ann\noutstanding: 1\n {2}bob\n$/,
  );

  const other = (
    await admin("publish", "m", "--ack", "anyone", ...escalation, "--escalate-to", "oncall")
  ).stdout.trim();
  expect((await belfry("ack", other, "--json")).stdout).toMatch(/^\{"id":\d+,"at":"[^"]+","settled":true\}\n$/);
  const plain = (await admin("publish", "m")).stdout.trim();
  expect((await belfry("status", plain)).stdout).toMatch(/^\d+ {2}asks for nothing\n/);
});

test("ack, status and publish say in one line what is wrong", async () => {
  const plain = (await admin("publish", "m")).stdout.trim();
  for (const [ended, code, reason] of [
    [await belfry("ack", plain), 1, /asks for no acknowledgement/],
    [await belfry("ack", "999999"), 1, /there is none with this id/],
    [await admin("ack", plain), 1, /bound to no user/],
    [await belfry("status", "999999"), 1, /there is none with this id/],
    [await belfry("ack", "x"), 2, /"x" is no id/],
    [await belfry("status"), 2, /ID is missing/],
    [await admin("publish", "m", "--escalate-after", "10m"), 2, /needs --ack/],
    [await admin("publish", "m", "--ack", "anyone", "--escalate-to", "oncall"), 2, /needs --escalate-after/],
    [await admin("publish", "m", "--ack", "anyone", "--escalate-after", "1s"), 1, /escalate\.after must be between/],
  ] as const) {
    expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(/^Cannot [^\n]+\n$/) });
    expect(ended.stderr).toMatch(reason);
  }
});
