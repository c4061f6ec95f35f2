import { afterAll, beforeAll, expect, test } from "vitest";
import type { Notification } from "../../server/rules/notification.ts";
import { type Credential, makeUser, query } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

let server: TestServer;
let ann: Credential;
let admin: Credential;
beforeAll(async () => {
  server = await startTestServer({ channels: ["large"] });
  admin = { cookie: await signInAdmin(server) };
  ann = await makeUser(server, admin, { id: "ann" });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Latest {
  readonly items: readonly Notification[];
  readonly next: string | null;
}

const latest = async (input: object, as = ann): Promise<[(string | undefined)[], string | null]> => {
  const { items, next } = (await query<Latest>(server, "notifications.latest", input, as)).data;
  return [items.map(({ key }) => key).toSorted(), next];
};

test("notifications.latest says nothing of keys that only others are given, not even that there are some", async () => {
  const channel = "general";
  for (const key of ["a", "b"]) await server.publish({ channel, key, message: key });
  await server.publish({ channel, key: "secret-project", message: "m", to: "bob" });
  expect(await latest({ channel, limit: 2 })).toEqual([["a", "b"], null]);
  expect(await latest({ channel, limit: 1 })).toEqual([["a"], "a"]);
  expect(await latest({ channel, limit: 2, all: true }, admin)).toEqual([["a", "b"], "b"]);
  await server.publish({ channel, key: "z", message: "m" });
  expect(await latest({ channel, limit: 2 }), "the cursor is a key that was given").toEqual([["a", "b"], "b"]);
  expect(await latest({ channel, limit: 2, after: "b" })).toEqual([["z"], null]);
});

test("notifications.latest says nothing of them where a page ends because it is large, either", async () => {
  const channel = "large";
  const data = "x".repeat(40_000);
  const keys = Array.from({ length: 27 }, (_, n) => `k${10 + n}`);
  for (const key of keys) await server.publish({ channel, key, message: "m", data });
  await server.publish({ channel, key: "secret-project", message: "m", to: "bob" });
  expect(await latest({ channel, limit: 100 })).toEqual([keys, null]);
  await server.publish({ channel, key: "z", message: "m" });
  expect(await latest({ channel, limit: 100 })).toEqual([keys, keys.at(-1)]);
});
