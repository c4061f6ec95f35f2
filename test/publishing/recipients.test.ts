/** `to` with users whom the hub does not know: accepted and listed, or refused. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHub, type HistoryPage } from "../../web/client/mod.ts";
import { type Credential, makeUser, mutate } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

let accepting: TestServer;
let refusing: TestServer;
let ann: Credential;
beforeAll(async () => {
  [accepting, refusing] = await Promise.all([
    startTestServer(),
    startTestServer({ env: { BELFRY_UNKNOWN_USERS: "refuse" } }),
  ]);
  for (const server of [accepting, refusing]) {
    const admin = { cookie: await signInAdmin(server) };
    const credential = await makeUser(server, admin, { id: "ann" });
    if (server === accepting) ann = credential;
    await makeUser(server, admin, { id: "gone" });
    await mutate(server, "users.disable", { id: "gone" }, admin);
  }
});
afterAll(async () => {
  await accepting[Symbol.asyncDispose]();
  await refusing[Symbol.asyncDispose]();
});

async function post(server: TestServer, draft: object) {
  const headers = { "content-type": "application/json" };
  const response = await server.fetch("/api/notifications", { method: "POST", headers, body: JSON.stringify(draft) });
  // biome-ignore lint/suspicious/noExplicitAny: what the tests look at is JSON of several shapes
  return { status: response.status, body: (await response.json()) as any };
}

describe("accepted, as by default", () => {
  test("those whom the hub does not know stand in the answer, each once, and not in what is stored", async () => {
    const to = ["ann", "bob", "bob", 'no\'one "x"', "gone"];
    const { status, body } = await post(accepting, { message: "m", to });
    expect(status).toBe(201);
    expect(body).toMatchObject({ message: "m", unknown: ["bob", 'no\'one "x"'] });
    const stored = (await (await accepting.fetch("/api/notifications?all=true&limit=1")).json()) as HistoryPage;
    expect(stored.items).toMatchObject([{ id: body.id, to: ["ann", "bob", 'no\'one "x"', "gone"] }]);
    expect(JSON.stringify(stored)).not.toContain("unknown");
  });

  test("an answer about users whom the hub knows, or about everyone, says nothing of it", async () => {
    for (const draft of [
      { message: "m", to: ["ann", "gone"] },
      { message: "m" },
      { message: "m", to: "ann", ephemeral: true },
    ]) {
      expect((await post(accepting, draft)).body).not.toHaveProperty("unknown");
    }
  });

  test("the SDK is told, for what is stored and for what is ephemeral; a user who comes later finds it", async () => {
    using hub = createHub({ url: accepting.url, token: TOKEN });
    const stored = await hub.publish({ message: "welcome", to: "later" });
    expect(stored.unknown).toEqual(["later"]);
    const passed = await hub.publish({ message: "m", to: ["ann", "nobody"], ephemeral: true });
    expect(passed.unknown).toEqual(["nobody"]);
    const later = await makeUser(accepting, { authorization: `Bearer ${TOKEN}` }, { id: "later" });
    const response = await fetch(`${accepting.url}/api/notifications?limit=5`, { headers: later });
    expect(((await response.json()) as HistoryPage).items[0]).toMatchObject({ id: stored.id });
  });

  test("the answer to what is scheduled, and to what came before, says it too", async () => {
    const scheduled = await post(accepting, { message: "m", to: "bob", deliverAt: "+1h" });
    expect(scheduled).toMatchObject({ status: 202, body: { scheduledId: 1, unknown: ["bob"] } });
    const once = { message: "m", to: ["ann", "bob"], idempotencyKey: "once" };
    const first = await post(accepting, once);
    expect(first).toMatchObject({ status: 201, body: { unknown: ["bob"] } });
    const again = await post(accepting, once);
    expect(again).toEqual({ status: 200, body: { ...first.body, deduplicated: true } });
  });

  test("who may not publish is not told who is known", async () => {
    for (const to of ["ann", "nobody"]) {
      const { status, text } = await mutate(accepting, "notifications.publish", { message: "m", to }, ann);
      expect(status).toBe(403);
      expect(text).not.toContain("unknown");
    }
  });
});

describe("refused by BELFRY_UNKNOWN_USERS=refuse", () => {
  const fault = 'names users whom the hub does not know: "bob", "eve"';

  test("a notification to them is not stored, and the answer names them", async () => {
    const before = refusing.storedIds();
    const draft = { message: "m", to: ["bob", "ann", "eve"] };
    expect(await post(refusing, draft)).toEqual({
      status: 400,
      body: {
        error: {
          code: "BAD_REQUEST",
          message: `Cannot publish: to ${fault}`,
          issues: [{ path: "to", message: fault }],
        },
      },
    });
    expect((await post(refusing, { ...draft, ephemeral: true })).status).toBe(400);
    expect((await post(refusing, { ...draft, deliverAt: "+1h" })).status).toBe(400);
    const typed = await refusing.mutate("notifications.publish", draft);
    expect(typed.status).toBe(400);
    expect(await typed.json()).toMatchObject({ error: { data: { issues: [{ path: "to", message: fault }] } } });
    expect(refusing.storedIds()).toEqual(before);
  });

  test("what waits is not changed to be for them", async () => {
    const { body } = await post(refusing, { message: "m", to: "ann", deliverAt: "+1h" });
    const change = (changes: object) =>
      refusing.mutate("notifications.reschedule", { scheduledId: body.scheduledId, ...changes });
    const refused = await change({ to: ["bob", "eve"] });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("Cannot reschedule: to names users");
    expect((await change({ to: ["gone"] })).status).toBe(200);
  });

  test("an answer names only so many of them", async () => {
    const { body } = await post(refusing, { message: "m", to: Array.from({ length: 1_000 }, (_, n) => `u${n}`) });
    expect(body.error.message).toMatch(/"u0", .*"u19" and 980 more$/);
  });

  test("a notification to users whom the hub knows goes out", async () => {
    const { status, body } = await post(refusing, { message: "m", to: ["ann", "gone"] });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty("unknown");
  });
});
