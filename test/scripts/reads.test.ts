/** `belfry read` and `belfry unread`, as their users run them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeToken, makeUser } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { runBelfry } from "./_program.ts";

let server: TestServer;
let token = "";
const ids: number[] = [];
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders"] });
  const ann = await makeUser(server, { cookie: await signInAdmin(server) }, { id: "ann" });
  token = (await makeToken(server, ann, { scopes: ["read"] })).secret;
  for (const channel of ["orders", "orders", "general"]) ids.push((await server.publish({ channel, message: "m" })).id);
});
afterAll(() => server[Symbol.asyncDispose]());

const belfry = (...args: string[]) => runBelfry(args, { env: { BELFRY_URL: server.url, BELFRY_TOKEN: token } });

test("unread prints counts by channel and in all, as a table or as JSON", async () => {
  const printed = await belfry("unread");
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  expect(printed.stdout).toMatch(/^ +1 {2}general\n +2 {2}orders\n +3 {2}in all\n$/);
  const json = await belfry("unread", "--channels", "orders", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ total: 2, channels: { orders: 2 } });
});

test("read marks by ids, takes it back, and marks all of a channel or everything", async () => {
  const [first = 0, second = 0] = ids;
  expect((await belfry("read", `${first}`, `${second}`, "999999")).stdout).toBe("2 of 3 marked as read\n");
  expect((await belfry("read", `${second}`, "--undo", "--json")).stdout).toBe('{"changed":1}\n');
  expect((await belfry("unread", "--json")).stdout).toMatch(
    /^\{"total":2,"channels":\{"general":1,"orders":1\},"head":\d+\}\n$/,
  );
  expect((await belfry("read", "--all", "--channel", "orders")).stdout).toBe(`everything up to ${ids[2]} is read\n`);
  expect((await belfry("unread", "--json")).stdout).toMatch(/^\{"total":1,"channels":\{"general":1\},"head":\d+\}\n$/);
  expect((await belfry("read", "--all", "--through", `${second}`)).stdout).toBe(`everything up to ${second} is read\n`);
  expect((await belfry("unread", "--json")).stdout).toMatch(/^\{"total":1,"channels":\{"general":1\},"head":\d+\}\n$/);
  await belfry("read", "--all");
  expect((await belfry("unread", "--json")).stdout).toMatch(/^\{"total":0,"channels":\{\},"head":\d+\}\n$/);
});

test("read says in one line what is wrong", async () => {
  const unowned = await runBelfry(["unread"], { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });
  expect(unowned).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Cannot .*bound to no user[^\n]*\n$/) });
  const refusal = { code: 1, stdout: "", stderr: "Cannot mark as read: there is no notification 999999\n" };
  expect(await belfry("read", "999999")).toEqual({ signal: null, ...refusal });
  for (const [args, reason] of [
    [["read"], /ids, or give --all/],
    [["read", "5", "--all"], /ids, or give --all/],
    [["read", "5", "x"], /"x" is no id/],
    [["read", "5", "--channel", "orders"], /go with --all/],
    [["read", "--all", "--undo"], /--undo goes with ids/],
  ] as const) {
    const ended = await belfry(...args);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(reason) });
  }
});
