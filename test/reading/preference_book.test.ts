/** `preferences.*` and `/api/preferences`: reading and changing one's own. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_PREFERENCES, type Preferences } from "../../server/rules/preferences.ts";
import { createHub } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const clock = createClock();
const NIGHT = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin", criticalPasses: true };
let server: TestServer;
let admin: Credential;
let mia: Credential;
let serial = 0;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["orders", "deploys", "hidden"] });
  admin = { cookie: await signInAdmin(server) };
  await mutate(server, "channels.revoke", { channel: "hidden", permission: "read", audience: "everyone" }, admin);
});
afterAll(() => server[Symbol.asyncDispose]());
let id: string;
beforeEach(async () => {
  serial += 1;
  id = `mia-${serial}`;
  mia = await makeUser(server, admin, { id });
});

const get = async (by: Credential = mia) => (await query<Preferences>(server, "preferences.get", undefined, by)).data;
async function set(change: object, by: Credential = mia): Promise<Preferences> {
  const { status, text, data } = await mutate<Preferences>(server, "preferences.set", change, by);
  expect(status, text).toBe(200);
  return data;
}
async function rest(method: string, body?: unknown, by: Credential = mia) {
  const headers = { "content-type": "application/json", ...by };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/api/preferences`, {
    method,
    headers,
    ...(body !== undefined && { body: text }),
  });
  return { status: response.status, body: await response.json() };
}
async function audited(): Promise<unknown[]> {
  const input = { action: "preferences.set", target: id };
  return (await query<{ items: unknown[] }>(server, "audit.list", input, admin)).data.items;
}

test("who has set nothing is shown everything, in silence", async () => {
  expect(await get()).toEqual(DEFAULT_PREFERENCES);
  expect(await rest("GET")).toEqual({ status: 200, body: DEFAULT_PREFERENCES });
  expect(await set({})).toEqual(DEFAULT_PREFERENCES);
  expect(await audited()).toEqual([]);
});

describe("preferences.set", () => {
  test("changes what it names, and answers with all", async () => {
    await set({ minSeverity: "warning", sound: true });
    const set2 = await set({ quietHours: NIGHT, muted: { orders: true } });
    expect(set2).toEqual({
      ...DEFAULT_PREFERENCES,
      ...{ minSeverity: "warning", sound: true, quietHours: NIGHT, muted: { orders: true } },
    });
    expect(await get()).toEqual(set2);
  });

  test("changes one channel and leaves the others; null takes it back", async () => {
    await set({ muted: { orders: true, deploys: "2030-01-02T08:00:00Z" }, channelSeverity: { general: "error" } });
    const changed = await set({ muted: { orders: null, general: true }, channelSeverity: { orders: "warning" } });
    expect(changed.muted).toEqual({ deploys: "2030-01-02T08:00:00.000Z", general: true });
    expect(changed.channelSeverity).toEqual({ general: "error", orders: "warning" });
  });

  test("puts a field back to the default with null", async () => {
    await set({ muted: { orders: true }, minSeverity: "error", quietHours: NIGHT, sound: true });
    const back = { muted: null, minSeverity: null, quietHours: null, sound: null };
    expect(await set(back)).toEqual(DEFAULT_PREFERENCES);
  });

  test("replaces quiet hours as a whole: the days of the earlier ones are gone", async () => {
    await set({ quietHours: { ...NIGHT, days: ["sat", "sun"], criticalPasses: false } });
    expect((await set({ quietHours: NIGHT })).quietHours).toEqual(NIGHT);
  });

  test("of two changes at once loses neither", async () => {
    await Promise.all([set({ muted: { orders: true } }), set({ muted: { deploys: true } }), set({ sound: true })]);
    expect(await get()).toMatchObject({ muted: { orders: true, deploys: true }, sound: true });
  });

  test("takes a time as ISO with a zone, unix ms or from now; a mute is told as long as it lasts", async () => {
    const now = clock.now();
    await set({ muted: { orders: "+8h", deploys: now + 1_000, general: new Date(now + 500).toISOString() } });
    expect((await get()).muted).toEqual({
      orders: new Date(now + 8 * 3_600_000).toISOString(),
      deploys: new Date(now + 1_000).toISOString(),
      general: new Date(now + 500).toISOString(),
    });
    clock.advance(1_000);
    expect((await get()).muted).toEqual({ orders: new Date(now + 8 * 3_600_000).toISOString() });
  });

  test("is answered by what may be read back and put back", async () => {
    await set({ muted: { orders: "+1h", deploys: true }, quietHours: NIGHT, channelSeverity: { orders: "error" } });
    const all = await get();
    expect(await rest("PUT", all)).toEqual({ status: 200, body: all });
  });

  test("leaves one audit row with what changed, and none where nothing did", async () => {
    await set({ muted: { orders: true }, sound: true });
    await set({ muted: { orders: true }, sound: true });
    await set({ sound: false });
    expect(await audited()).toMatchObject([
      { actor: id, target: id, before: { sound: true }, after: { sound: false } },
      { actor: id, target: id, before: {}, after: { sound: true, muted: { orders: true } } },
    ]);
  });

  test("is everybody's own, and gone with the user", async () => {
    await set({ sound: true });
    expect(await get(admin)).toEqual(DEFAULT_PREFERENCES);
    await mutate(server, "users.delete", { id }, admin);
    expect(await get(await makeUser(server, admin, { id }))).toEqual(DEFAULT_PREFERENCES);
  });

  test.each([
    [{ mute: { orders: true } }, /mute/],
    [{ muted: { orders: false } }, /muted\.orders must be/],
    [{ muted: { orders: "tomorrow" } }, /muted\.orders must be/],
    [{ muted: { orders: "+999999999d" } }, /muted\.orders must/],
    [{ muted: { orders: 9e15 } }, /muted\.orders must/],
    [{ muted: { "no channel": true } }, /muted/],
    [{ muted: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`c${n}`, null])) }, /at most 200 channels/],
    [{ minSeverity: "bad" }, /minSeverity must be one of info, success/],
    [{ channelSeverity: { orders: "bad" } }, /channelSeverity\.orders must be one of/],
    [{ quietHours: { from: "22:00", to: "07:00" } }, /quietHours\.timeZone is required/],
    [
      { quietHours: { ...NIGHT, timeZone: "Mars/Phobos" } },
      /quietHours\.timeZone must be the IANA name .*Mars\/Phobos/,
    ],
    [{ quietHours: { ...NIGHT, until: "x" } }, /quietHours\.until is no field; see the list/],
    [{ sound: "on" }, /sound must be a boolean/],
  ])("refuses %o", async (change, message) => {
    const { status, text } = await mutate(server, "preferences.set", change, mia);
    expect(status).toBe(400);
    expect(JSON.parse(text).error.message).toMatch(message);
    expect(await get()).toEqual(DEFAULT_PREFERENCES);
  });

  test("refuses a channel that is not there, or may not be read, but not one that was named before", async () => {
    const missing = await mutate(server, "preferences.set", { muted: { odrers: true } }, mia);
    expect(missing).toMatchObject({ status: 404, text: expect.stringContaining('no channel \\"odrers\\"') });
    const hidden = await mutate(server, "preferences.set", { channelSeverity: { hidden: "error" } }, mia);
    expect(hidden.status).toBe(403);
    const grant = { channel: "hidden", permission: "read", audience: "user", userId: id };
    await mutate(server, "channels.grant", grant, admin);
    await set({ muted: { hidden: true } });
    await mutate(server, "channels.revoke", grant, admin);
    expect((await set({ muted: { hidden: "+1h" } })).muted).toHaveProperty("hidden");
    expect((await set({ muted: { hidden: null } })).muted).toEqual({});
  });
});

describe("/api/preferences", () => {
  test("PATCH changes what it names; PUT puts the rest back to the default", async () => {
    const patched = await rest("PATCH", { sound: true, muted: { orders: true } });
    expect(patched).toEqual({ status: 200, body: { ...DEFAULT_PREFERENCES, sound: true, muted: { orders: true } } });
    const again = await rest("PATCH", { muted: { deploys: true } });
    expect(again.body).toMatchObject({ sound: true, muted: { orders: true, deploys: true } });
    const put = await rest("PUT", { minSeverity: "error" });
    expect(put).toEqual({ status: 200, body: { ...DEFAULT_PREFERENCES, minSeverity: "error" } });
    expect(await get()).toEqual(put.body);
  });

  test.each([
    ["no JSON", "{", /^Cannot set preferences: the input is not valid JSON/],
    ["an unknown field", { volume: 11 }, /^Cannot set preferences: .*volume/],
    ["a list", [], /^Cannot set preferences: /],
  ])("refuses %s", async (_, body, message) => {
    for (const method of ["PUT", "PATCH"]) {
      const answer = await rest(method, body);
      expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringMatching(message) } } });
    }
  });
});

describe("a token", () => {
  test("reads its owner's with the scope read, and changes them with admin on all channels only", async () => {
    await set({ sound: true });
    const reader = await makeToken(server, mia, { scopes: ["read"] });
    const publisher = await makeToken(server, mia, { scopes: ["publish"] });
    expect(await get(reader.headers)).toMatchObject({ sound: true });
    const refused = await query(server, "preferences.get", undefined, publisher.headers);
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('has not the scope \\"read\\"') });
    expect((await mutate(server, "preferences.set", { sound: false }, reader.headers)).status).toBe(403);

    const full = await makeToken(server, admin, { scopes: ["admin"] });
    const narrow = await makeToken(server, admin, { scopes: ["admin"], patterns: ["orders"] });
    expect(await set({ sound: true }, full.headers)).toMatchObject({ sound: true });
    expect(await get(admin)).toMatchObject({ sound: true });
    expect((await mutate(server, "preferences.set", { sound: false }, narrow.headers)).status).toBe(403);
  });

  test("that is bound to no user has none", async () => {
    for (const { status, text } of [
      await query(server, "preferences.get", undefined, { authorization: `Bearer ${TOKEN}` }),
      await mutate(server, "preferences.set", { sound: true }, { authorization: `Bearer ${TOKEN}` }),
    ]) {
      expect(status).toBe(403);
      expect(text).toContain("bound to no user");
    }
  });
});

test("the SDK reads and changes them", async () => {
  const { headers } = await makeToken(server, admin, { scopes: ["admin"] });
  using hub = createHub({ url: server.url, token: headers["authorization"]?.slice("Bearer ".length) ?? "" });
  const set = await hub.preferences.set({ muted: { deploys: true }, sound: null });
  expect(set).toEqual({ ...DEFAULT_PREFERENCES, muted: { deploys: true } });
  expect(await hub.preferences.get()).toEqual(set);
  await hub.preferences.set({ muted: null });
});
