/** `toClient`: an ephemeral notification for one connection. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Credential, makeUser, mutate } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
/** The typed stream by a path that our transport leaves to tRPC's own handler. */
const ITERATED = "/trpc/notifications%2Esubscribe";
const PATHS = [PLAIN, TYPED, ITERATED] as const;

let server: TestServer;
let admin: Credential;
let mia: Credential;
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders", "deploys"] });
  admin = { cookie: await signInAdmin(server) };
  mia = await makeUser(server, admin, { id: "mia" });
});
afterAll(() => server[Symbol.asyncDispose]());

/** An open stream and the name of its connection. */
interface Client extends Disposable {
  readonly stream: SseStream;
  readonly clientId: string;
}

async function connect(path: string, wishes: Record<string, unknown> = {}, headers = mia): Promise<Client> {
  const search =
    path === PLAIN
      ? new URLSearchParams(Object.entries(wishes).map(([name, value]): [string, string] => [name, String(value)]))
      : new URLSearchParams({ input: JSON.stringify(wishes) });
  const stream = await openSse(`${server.url}${path}?${search}`, { headers });
  for (;;) {
    const { data } = await stream.next();
    const clientId = /"clientId":"([^"]+)"/.exec(data)?.[1];
    if (clientId) return { stream, clientId, [Symbol.dispose]: () => stream[Symbol.dispose]() };
  }
}

/** Publishes for one client by REST. */
async function whisper(toClient: string, draft: object = {}): Promise<{ status: number; text: string }> {
  const body = JSON.stringify({ message: "for one", ephemeral: true, toClient, ...draft });
  const headers = { "content-type": "application/json" };
  const response = await server.fetch("/api/notifications", { method: "POST", headers, body });
  return { status: response.status, text: await response.text() };
}

describe.each(PATHS)("one client of %s", (path) => {
  test("is given it, without an id, and nobody else is", async () => {
    using one = await connect(path, { channels: ["orders"] });
    using other = await connect(path, { channels: ["orders"] });
    using theirs = await connect(path, {}, admin);
    expect(one.clientId).not.toBe(other.clientId);
    const { status, text } = await whisper(one.clientId, { channel: "orders" });
    expect(status).toBe(202);
    expect(JSON.parse(text)).toMatchObject({ message: "for one", channel: "orders", ephemeral: true });
    expect(JSON.parse(text)).not.toHaveProperty("toClient");
    const given = await nextNotification(one.stream);
    expect(given).toMatchObject({ message: "for one", ephemeral: true, sender: "token:BELFRY_ADMIN_TOKEN" });
    expect(given).not.toHaveProperty("id");
    const last = await server.publish({ channel: "orders", message: "for all" });
    for (const { stream } of [one, other, theirs])
      expect(await nextNotification(stream)).toMatchObject({ id: last.id });
    for (const { stream } of [other, theirs]) expect(stream.text).not.toContain("for one");
  });

  test("resumes after it at its own place, whatever other channels have had meanwhile", async () => {
    const first = await server.publish({ channel: "orders", message: "first" });
    using one = await connect(path, { channels: ["orders"], lastEventId: first.cursor });
    await server.publish({ channel: "deploys", message: "elsewhere" });
    await whisper(one.clientId, { channel: "orders" });
    for (let isThere = false; !isThere; ) isThere = (await one.stream.next()).data.includes("for one");
    const ids = [...one.stream.text.matchAll(/^id: (.*)$/gm)].map(([, id = ""]) => id);
    expect(new Set(ids)).toEqual(new Set([first.cursor]));
  });

  test("is given it whatever its user has muted, because it is meant in person", async () => {
    await mutate(server, "preferences.set", { muted: { deploys: true } }, mia);
    using one = await connect(path);
    expect((await whisper(one.clientId, { channel: "deploys" })).status).toBe(202);
    expect(await nextNotification(one.stream)).toMatchObject({ message: "for one" });
    await mutate(server, "preferences.set", { muted: null }, mia);
  });

  test("that is not there, does not follow it or may not read it any more is answered alike", async () => {
    using elsewhere = await connect(path, { channels: ["deploys"] });
    using picky = await connect(path, { channels: ["orders"], types: ["order.created"] });
    using revoked = await connect(path, {}, await makeUser(server, admin, { id: `sam-${PATHS.indexOf(path)}` }));
    const gone = await connect(path);
    gone[Symbol.dispose]();
    await expect
      .poll(async () => (await whisper(gone.clientId, { channel: "orders" })).status, { interval: 5 })
      .toBe(404);
    const everyone = { channel: "orders", permission: "read", audience: "everyone" };
    await mutate(server, "channels.revoke", everyone, admin);
    const clients = [elsewhere, picky, revoked, gone].map(({ clientId }) => clientId);
    const forged = elsewhere.clientId.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    for (const clientId of [...clients, forged, "1-0iqhug33", "x", "-", `${"z".repeat(11)}-${"A".repeat(10)}`]) {
      const { status, text } = await whisper(clientId, { channel: "orders" });
      expect({ status, text: text.replaceAll(clientId, "ID") }).toEqual({
        status: 404,
        text: '{"error":{"code":"NOT_FOUND","message":"Cannot publish: no client \\"ID\\" is connected that follows this on channel \\"orders\\""}}',
      });
    }
    await mutate(server, "channels.grant", everyone, admin);
    await server.publish({ channel: "deploys", message: "the last" });
    expect(await nextNotification(elsewhere.stream)).toMatchObject({ message: "the last" });
    expect(elsewhere.stream.text + picky.stream.text + revoked.stream.text).not.toContain("for one");
  });
});

test("only who may publish to the channel reaches a client, over tRPC as well", async () => {
  using one = await connect(TYPED);
  const draft = { channel: "orders", message: "for one", ephemeral: true, toClient: one.clientId };
  expect((await mutate(server, "notifications.publish", draft, mia)).status).toBe(403);
  expect((await mutate(server, "notifications.publish", draft, {})).status).toBe(401);
  expect((await mutate(server, "notifications.publish", { ...draft, toClient: "x" }, mia)).status).toBe(403);
  expect((await mutate(server, "notifications.publish", draft, admin)).status).toBe(200);
  expect(await nextNotification(one.stream)).toMatchObject({ message: "for one", sender: "admin" });
});

test.each([
  [{ ephemeral: false }, "toClient needs ephemeral: true"],
  [{ to: "mia" }, "toClient cannot be given together with to"],
  [{ idempotencyKey: "k" }, "idempotencyKey cannot be given for an ephemeral notification"],
  [{ toClient: "" }, "toClient must not be empty"],
])("a draft for one client with %o is refused", async (fields, message) => {
  using one = await connect(TYPED);
  expect(await whisper(one.clientId, fields)).toMatchObject({ status: 400, text: expect.stringContaining(message) });
});
