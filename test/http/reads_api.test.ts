import { afterAll, beforeAll, expect, test } from "vitest";
import { type Credential, makeUser } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

let server: TestServer;
let ann: Credential;
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders"] });
  ann = await makeUser(server, { cookie: await signInAdmin(server) }, { id: "ann" });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Calls as ann; a body makes it a POST. */
async function call(path: string, body?: unknown) {
  const post = { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) };
  const headers = { ...ann, origin: server.url, "content-type": "application/json" };
  const response = await fetch(`${server.url}/api/notifications/${path}`, {
    headers,
    ...(body !== undefined && post),
  });
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { status: response.status, body: (await response.json()) as unknown };
}
const unread = async (query = "") => {
  const { head, ...counts } = (await call(`unread-count${query}`)).body as { readonly head: number };
  expect(head).toBeGreaterThan(0);
  return counts;
};

test("what is read is marked and counted over REST", async () => {
  const ids: number[] = [];
  for (const channel of ["orders", "orders", "orders", "general"]) {
    ids.push((await server.publish({ channel, message: "m" })).id);
  }
  const [first = 0, second = 0, third = 0, last = 0] = ids;
  expect(await unread()).toEqual({ total: 4, channels: { general: 1, orders: 3 } });
  expect(await unread("?channels=orders,general")).toEqual({ total: 4, channels: { general: 1, orders: 3 } });

  expect(await call("read", { ids: [first, second, 999_999] })).toEqual({ status: 200, body: { changed: 2 } });
  expect(await call("read", { id: 999_999 })).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
  expect(await call("unread", { ids: [second] })).toEqual({ status: 200, body: { changed: 1 } });
  expect(await unread("?channels=orders")).toEqual({ total: 2, channels: { orders: 2 } });

  expect(await call("read", { all: true, channel: "orders", through: second })).toEqual({
    status: 200,
    body: { through: second },
  });
  expect(await unread()).toEqual({ total: 2, channels: { general: 1, orders: 1 } });
  expect(await call("read", { all: true, through: `${third}` })).toMatchObject({ body: { through: third } });
  expect(await unread()).toEqual({ total: 1, channels: { general: 1 } });
  expect(await call("read", { all: true })).toMatchObject({ body: { through: last } });
  expect(await unread()).toEqual({ total: 0, channels: {} });
});

test.each([
  ["read", {}, /id, or ids/],
  ["read", { all: false }, /id, or ids/],
  ["read", { all: true, ids: [1] }, /ids is no field/],
  ["read", "not json", /not valid JSON/],
  ["unread", { all: true }, /id, or ids/],
  ["unread-count?channel=orders", undefined, /channel is no field/],
  ["unread-count?all=maybe", undefined, /all must be a boolean/],
])("/api/notifications/%s refuses %j", async (path, body, reason) => {
  expect(await call(path, body)).toMatchObject({
    status: 400,
    body: { error: { code: "BAD_REQUEST", message: expect.stringMatching(reason) } },
  });
});
