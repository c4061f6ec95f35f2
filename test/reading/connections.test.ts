/** `connections.*` and `/api/connections`: what admins see of open streams, and closing one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConnectionPage, ConnectionView } from "../../server/reading/connections.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
const ITERATED = "/trpc/notifications%2Esubscribe";

const clock = createClock();
let server: TestServer;
let admin: Credential;
let mia: Credential;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["orders", "deploys"] });
  admin = { cookie: await signInAdmin(server) };
  mia = await makeUser(server, admin, { id: "mia" });
  await mutate(server, "channels.grant", { channel: "orders", permission: "read", audience: "public" }, admin);
});
afterAll(() => server[Symbol.asyncDispose]());

async function connect(path: string, headers: Credential): Promise<{ stream: SseStream; clientId: string }> {
  const stream = await openSse(server.url + path, { headers });
  for (;;) {
    const clientId = /"clientId":"([^"]+)"/.exec((await stream.next()).data)?.[1];
    if (clientId) return { stream, clientId };
  }
}

async function list(input?: object): Promise<ConnectionPage> {
  const { status, text, data } = await query<ConnectionPage>(server, "connections.list", input, admin);
  expect(status, text).toBe(200);
  return data;
}

test("every open stream is listed: who, what, how, since when and how far behind", async () => {
  const first = await server.publish({ channel: "orders", message: "1" });
  const since = new Date(clock.now()).toISOString();
  const { stream: one, clientId: a } = await connect(PLAIN, mia);
  clock.advance(60_000);
  const token = await makeToken(server, mia, { name: "board", scopes: ["read"] });
  const { stream: two, clientId: b } = await connect(`${TYPED}?input={"channels":["orders"]}`, token.headers);
  const { stream: three, clientId: c } = await connect(`${ITERATED}?input={"channels":["orders","deploys"]}`, admin);
  const { stream: four, clientId: d } = await connect(`${PLAIN}?channels=orders`, {});
  const { stream: five, clientId: e } = await connect(TYPED, { authorization: `Bearer ${TOKEN}` });
  const later = new Date(clock.now()).toISOString();
  const live = { state: "live", lag: 0 } as const;
  const expected: ConnectionView[] = [
    {
      clientId: a,
      caller: "mia",
      user: "mia",
      channels: ["deploys", "general", "orders"],
      transport: "sse",
      ...live,
      since,
    },
    { clientId: b, caller: "token:board", user: "mia", channels: ["orders"], transport: "trpc", ...live, since: later },
    {
      clientId: c,
      caller: "admin",
      user: "admin",
      channels: ["deploys", "orders"],
      transport: "other",
      ...live,
      since: later,
    },
    { clientId: d, caller: null, user: null, channels: ["orders"], transport: "sse", ...live, since: later },
    {
      clientId: e,
      caller: "token:BELFRY_ADMIN_TOKEN",
      user: null,
      channels: null,
      transport: "trpc",
      ...live,
      since: later,
    },
  ];
  await expect.poll(() => list(), { interval: 5 }).toEqual({ items: expected, next: null });
  const rest = await server.fetch("/api/connections");
  expect(await rest.json()).toEqual({ items: expected, next: null });

  const pages = [await list({ limit: 2 })];
  while (pages.at(-1)?.next) pages.push(await list({ limit: 2, after: pages.at(-1)?.next }));
  expect(pages.map(({ items }) => items.length)).toEqual([2, 2, 1]);
  expect(pages.flatMap(({ items }) => items)).toEqual(expected);
  const search = new URLSearchParams({ limit: "1", after: String(pages[0]?.next) });
  expect(await (await server.fetch(`/api/connections?${search}`)).json()).toMatchObject({ items: [{ clientId: c }] });

  for (const stream of [one, two, three, four, five]) stream[Symbol.dispose]();
  await expect.poll(() => list(), { interval: 5 }).toEqual({ items: [], next: null });
  expect(first.id).toBe(1);
});

test.each([PLAIN, TYPED, ITERATED])(
  "a stream of %s that is closed ends, and is audited; its client comes back where it was",
  async (path) => {
    const { stream, clientId } = await connect(path, mia);
    const { stream: other } = await connect(path, mia);
    const before = await server.publish({ message: "before" });
    expect(await nextNotification(stream)).toMatchObject({ id: before.id });
    const closed = await mutate(server, "connections.close", { clientId }, admin);
    expect(closed).toMatchObject({ status: 200, data: null });
    expect(await stream.ended).not.toContain("ended");
    const after = await server.publish({ message: "after" });
    const resumed = await openSse(server.url + path, { headers: { ...mia, "last-event-id": before.cursor } });
    expect(await nextNotification(resumed)).toMatchObject({ id: after.id });
    expect(await nextNotification(other)).toMatchObject({ id: before.id });
    expect(await nextNotification(other)).toMatchObject({ id: after.id });
    const audit = await query<{ items: object[] }>(
      server,
      "audit.list",
      { action: "connection.close", limit: 1 },
      admin,
    );
    expect(audit.data.items).toMatchObject([{ actor: "admin", target: `${clientId} of mia` }]);
    expect((await mutate(server, "connections.close", { clientId }, admin)).status).toBe(404);
    for (const each of [other, resumed]) each[Symbol.dispose]();
  },
);

test("over REST a stream is closed with DELETE", async () => {
  const { stream, clientId } = await connect(PLAIN, mia);
  expect((await server.fetch(`/api/connections/${clientId}`, { method: "DELETE" })).status).toBe(204);
  await stream.ended;
  const again = await server.fetch(`/api/connections/${clientId}`, { method: "DELETE" });
  expect(again.status).toBe(404);
  expect(await again.json()).toMatchObject({
    error: { message: `Cannot close connection "${clientId}": there is none with this id` },
  });
  expect(await (await server.fetch("/metrics")).text()).toMatch(/belfry_streams_closed_total\{reason="closed"\} [1-9]/);
});

test.each([{ limit: 501 }, { limit: 0 }, { after: -1 }, { cursor: 1 }])("a page with %o is refused", async (input) => {
  expect((await query(server, "connections.list", input, admin)).status).toBe(400);
  const search = new URLSearchParams(
    Object.entries(input).map(([name, value]): [string, string] => [name, `${value}`]),
  );
  expect((await server.fetch(`/api/connections?${search}`)).status).toBe(400);
});
