/** What stands in a query: lists in both ways of writing them, nothing twice, nothing that is passed over, no reason. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { nextNotification, openSse } from "../_sse.ts";

const AUTH = { authorization: `Bearer ${TOKEN}` };
let server: TestServer;
const ids: number[] = [];
beforeAll(async () => {
  server = await startTestServer();
  for (const channel of ["a", "b", "c"]) {
    await server.createChannel(channel);
    ids.push((await server.publish({ channel, message: "m" })).id);
  }
});
afterAll(() => server[Symbol.asyncDispose]());

describe("a list", () => {
  const LISTS = [
    "channels=a,b",
    "channels=a&channels=b",
    "channels=b&channels=a&channels=a",
    "channels=%20a%20,&channels=b",
  ];

  test.each(LISTS)("has commas, comes several times, or both: %s", async (query) => {
    const listed = (await (await server.fetch(`/api/notifications?${query}`)).json()) as { items: { id: number }[] };
    expect(listed.items.map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    expect(await (await server.fetch(`/api/notifications/count?${query}`)).json()).toEqual({ count: 2 });
    const lines = (await (await server.fetch(`/api/notifications/export?${query}`)).text()).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual([ids[0], ids[1]]);
    using stream = await openSse(`${server.url}/api/notifications/stream?${query}&lastEventId=0`, { headers: AUTH });
    const given = [await nextNotification(stream), await nextNotification(stream)];
    expect(given.map(({ id }) => id)).toEqual([ids[0], ids[1]]);
  });

  test("of recipients and tags may be written so when publishing", async () => {
    const query = "channel=a&message=m&to=ann&to=bob&tags=x,y&tags=z";
    const response = await server.fetch(`/api/notifications?${query}`, { method: "POST" });
    expect(await response.json()).toMatchObject({ to: ["ann", "bob"], tags: ["x", "y", "z"] });
  });
});

describe("what is passed over by nobody", () => {
  test.each([
    ["GET", "?limit=1&limit=2", "limit is given twice"],
    ["GET", "?types=x&text=a&text=", "text is given twice"],
    ["GET", "/count?all=true&all=false", "all is given twice"],
    ["GET", "/export?format=csv&format=jsonl", "format is given twice"],
    ["GET", "/latest?channel=a&channel=b", "channel is given twice"],
    ["GET", "/unread-count?all=true&all=true", "all is given twice"],
    ["GET", "/stream?minSeverity=info&minSeverity=error", "minSeverity is given twice"],
    ["GET", `/stream?token=${TOKEN}&token=x`, "token is given twice"],
    ["POST", "?message=a&message=b", "message is given twice"],
    ["GET", "/1?colour=red", "colour is no field"],
    ["GET", "/1?id=2", "id is given twice"],
    ["GET", "/1?all=true&all=true", "all is given twice"],
    ["GET", "/1/status?all=true", "all is no field"],
    ["POST", "/1/ack?by=ann", "by is no field"],
    ["POST", "/read?all=true", 'takes no field in the query (got "all")'],
    ["DELETE", "/1?force=1", "force is no field"],
    ["DELETE", "/1?id=2", "id is given twice"],
  ])("%s /api/notifications%s", async (method, path, words) => {
    const response = await server.fetch(`/api/notifications${path}`, { method });
    const text = await response.text();
    expect([response.status, text]).toEqual([400, expect.stringContaining(JSON.stringify(words).slice(1, -1))]);
    expect(text).not.toContain(TOKEN);
  });

  test.each([
    ["GET", "/api/preferences?user=ann"],
    ["PATCH", "/api/preferences?sound=false"],
    ["PATCH", "/api/scheduled/1?title=x"],
    ["DELETE", "/api/scheduled/1?force=1"],
    ["DELETE", "/api/connections/x?force=1"],
    ["POST", "/api/types?name=x"],
  ])("%s %s", async (method, path) => {
    const response = await server.fetch(path, { method, ...(method !== "GET" && { body: "{}" }) });
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/field/)]);
  });

  test("names no more than a little of what it refuses", async () => {
    const name = "x".repeat(5_000);
    const response = await server.fetch(`/api/notifications?${name}=1&${name}=2`);
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(500);
  });
});

describe("the reason of a removal", () => {
  const remove = async (path: string, body?: string) => {
    const response = await server.fetch(`/api/notifications/${path}`, { method: "DELETE", ...(body && { body }) });
    return { status: response.status, text: await response.text() };
  };
  const reasonOf = (id: number) => {
    using db = openDatabase(server.folder, { readonly: true });
    const row = db.sqlite.prepare("SELECT after FROM audit WHERE action = 'notification.remove' AND target LIKE ?");
    return (JSON.parse(row.pluck().get(`%#${id}`) as string) as { reason: string }).reason;
  };

  test("stands in the body, or is not given", async () => {
    const [one, two] = [await server.publish({ message: "m" }), await server.publish({ message: "m" })];
    expect((await remove(`${one.id}`, '{"reason":"Wrong customer"}')).status).toBe(200);
    expect(reasonOf(one.id)).toBe("Wrong customer");
    expect((await remove(`${two.id}`)).status).toBe(200);
    expect(reasonOf(two.id)).toBe("");
  });

  test("is refused in the query, unsaid, and nothing is removed", async () => {
    const { id } = await server.publish({ message: "m" });
    const refused = await remove(`${id}?reason=Wrong%20customer`);
    expect(refused).toMatchObject({ status: 400, text: expect.stringContaining("reason belongs into the JSON body") });
    expect(refused.text).not.toContain("customer");
    for (const body of ['"old"', "[]", "null", '{"why":"old"}', '{"reason":1}', "{"]) {
      expect((await remove(`${id}`, body)).status, body).toBe(400);
    }
    expect((await server.fetch(`/api/notifications/${id}`)).status).toBe(200);
  });
});
