import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HistoryPage, LatestPage, Notification } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const clock = createClock();
let server: TestServer;
let admin: Credential;
let ann: Credential;
let stored: Record<"plain" | "forAnn" | "forBob" | "keyed" | "signal", Notification>;

beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["ops"] });
  admin = { cookie: await signInAdmin(server) };
  ann = await makeUser(server, admin, { id: "ann" });
  await makeUser(server, admin, { id: "bob" });
  const plain = await server.publish({ title: "Backup done", message: "on db-1", type: "backup" });
  clock.advance(60_000);
  const forAnn = await server.publish({ message: "a secret for Ann", to: "ann" });
  const forBob = await server.publish({ message: "a secret for Bob", to: "bob" });
  clock.advance(60_000);
  await server.publish({ channel: "ops", message: "10 %", key: "build" });
  const keyed = await server.publish({ channel: "ops", message: "done", key: "build", severity: "success" });
  const signal = await server.publish({ channel: "ops", event: "update", data: { read: false }, key: "board" });
  stored = { plain, forAnn, forBob, keyed, signal };
});
afterAll(() => server[Symbol.asyncDispose]());

/** Calls a route as somebody; as a token of the environment when it is not said. */
async function get<T>(path: string, headers?: Credential): Promise<{ readonly status: number; readonly body: T }> {
  const response = await (headers ? fetch(server.url + path, { headers }) : server.fetch(path));
  return { status: response.status, body: (await response.json()) as T };
}
const list = async (search: string, headers?: Credential) =>
  (await get<HistoryPage>(`/api/notifications?${search}`, headers)).body.items.map(({ id }) => id);
const refusal = async (path: string, headers?: Credential) => {
  const { status, body } = await get<{ error: { message: string } }>(path, headers);
  return `${status} ${body.error.message}`;
};

describe("GET /api/notifications", () => {
  test("filters by event, sender, key, recipient and time", async () => {
    const { plain, forAnn, keyed, signal } = stored;
    expect(await list("events=update")).toEqual([signal.id]);
    expect(await list("key=build&limit=1")).toEqual([keyed.id]);
    expect(await list("sender=token:nobody")).toEqual([]);
    expect(await list(`sender=${encodeURIComponent(plain.sender)}&types=backup`)).toEqual([plain.id]);
    expect(await list("recipient=ann", ann)).toEqual([forAnn.id]);
    expect(await list(`until=${plain.timestamp}`)).toEqual([plain.id]);
    expect(await list(`from=${Date.parse(keyed.timestamp)}&types=notification`)).toEqual([keyed.id, keyed.id - 1]);
  });

  test("shows what is addressed to others to admins who ask for it, and to nobody else", async () => {
    const { forAnn, forBob } = stored;
    const both = [forBob.id, forAnn.id];
    const secret = "text=secret";
    expect(await list(secret)).toEqual([]);
    expect(await list(secret, ann)).toEqual([forAnn.id]);
    expect(await list(`${secret}&all=true`)).toEqual(both);
    expect(await list(`${secret}&all=true`, admin)).toEqual(both);
    expect(await list("recipient=bob")).toEqual([forBob.id]);
    expect(await refusal(`/api/notifications?all=true`, ann)).toMatch(/^403 Cannot list .* only admins may/);
    expect(await refusal(`/api/notifications?recipient=bob`, ann)).toMatch(/^403 /);
    expect(await refusal(`/api/notifications/count?all=true`, ann)).toMatch(/^403 /);
    expect(await refusal(`/api/notifications/latest?channel=ops&all=true`, ann)).toMatch(/^403 /);
    expect(await refusal(`/api/notifications/${forBob.id}?all=true`, ann)).toMatch(/^403 /);
    expect(await refusal(`/api/notifications/${forBob.id}`, ann)).toMatch(/^404 /);
    expect((await get(`/api/notifications/${forBob.id}?all=true`)).body).toEqual(forBob);
  });

  test("says what the caller has read, and lists the one or the other", async () => {
    const { plain, signal } = stored;
    await mutate(server, "notifications.markRead", { id: plain.id }, ann);
    const { body } = await get<HistoryPage>("/api/notifications?types=backup", ann);
    expect(body.items).toEqual([{ ...plain, read: true }]);
    const typed = await query<HistoryPage>(server, "notifications.list", { types: ["backup"] }, ann);
    expect(typed.data.items).toEqual(body.items);
    expect(await list("types=backup&read=false", ann)).toEqual([]);
    expect(await list("types=backup&read=true", ann)).toEqual([plain.id]);
    // Signals are read by nobody and unread by nobody; their own data is left alone.
    const update = await get<HistoryPage>("/api/notifications?events=update", ann);
    expect(update.body.items).toEqual([{ ...signal, read: true }]);
    expect(await refusal("/api/notifications?read=false")).toMatch(/^400 .*read needs a user/);
  });

  test("leads back with `previous`, also from an empty page", async () => {
    const newest = await get<HistoryPage>("/api/notifications?limit=2");
    expect(newest.body.previous).toBeNull();
    const older = await get<HistoryPage>(`/api/notifications?limit=2&cursor=${newest.body.next}`);
    const back = await get<HistoryPage>(`/api/notifications?limit=2&direction=newer&cursor=${older.body.previous}`);
    expect(back.body.items).toEqual(newest.body.items);
    expect(back.body.previous).toBeNull();
    const end = await get<HistoryPage>(`/api/notifications?cursor=${stored.plain.id}`);
    expect(end.body).toMatchObject({ items: [], next: null });
    const first = await get<HistoryPage>(`/api/notifications?limit=1&direction=newer&cursor=${end.body.previous}`);
    expect(first.body.items).toEqual([stored.plain]);
    const tip = await get<HistoryPage>(`/api/notifications?direction=newer&cursor=${stored.signal.id}`);
    expect(tip.body).toMatchObject({ items: [], previous: null });
    expect(await list(`limit=1&cursor=${tip.body.next}`)).toEqual([stored.signal.id]);
  });

  test.each([
    ["direction=up", "direction"],
    ["from=yesterday", "from"],
    ["until=2030-01-01", "until"],
    ["read=maybe", "read"],
    ["all=1", "all"],
    ["events=a%20b", "events"],
    ["recipient=", "recipient"],
    [`key=${"k".repeat(129)}`, "key"],
    [`text=${"x".repeat(201)}`, "text"],
    ["cursor=zzzzzzzz-1", "another database"],
  ])("refuses ?%s by name", async (search, word) => {
    expect(await refusal(`/api/notifications?${search}`)).toMatch(new RegExp(`^400 Cannot list.*${word}`));
  });
});

test("counts what the list holds, for REST and tRPC alike", async () => {
  expect(await get("/api/notifications/count?channels=ops")).toEqual({ status: 200, body: { count: 3 } });
  expect(await get("/api/notifications/count?text=secret", ann)).toMatchObject({ body: { count: 1 } });
  expect((await query(server, "notifications.count", { all: true, text: "secret" }, admin)).data).toEqual({ count: 2 });
  expect(await refusal("/api/notifications/count?limit=1")).toMatch(/^400 .*limit/);
});

describe("the latest of a channel", () => {
  const latest = async (search: string) => (await get<LatestPage>(`/api/notifications/latest?${search}`)).body;

  test("is the newest of each key, in pages by key", async () => {
    const { keyed, signal } = stored;
    expect(await latest("channel=ops")).toEqual({ items: [signal, keyed], next: null });
    expect(await latest("channel=ops&key=build")).toEqual({ items: [keyed], next: null });
    expect(await latest("channel=ops&key=other")).toEqual({ items: [], next: null });
    expect(await latest("channel=ops&limit=1")).toEqual({ items: [signal], next: "board" });
    expect(await latest("channel=ops&limit=1&after=board")).toEqual({ items: [keyed], next: null });
    const typed = await query<LatestPage>(server, "notifications.latest", { channel: "ops", key: "build" }, ann);
    expect(typed.data.items).toEqual([keyed]);
    expect(await refusal("/api/notifications/latest?channel=nowhere")).toMatch(/^404 /);
  });

  test("is given for hundreds of keys, also where the newest of each is for somebody else", async () => {
    await server.createChannel("board");
    const names = Array.from({ length: 230 }, (_, n) => `key-${String(n).padStart(3, "0")}`);
    const publish = (draft: object) =>
      Promise.all(names.map((key) => server.publish({ channel: "board", message: key, key, ...draft })));
    const shown = await publish({});
    const hidden = await publish({ to: "ann" });
    const all = await latest("channel=board");
    expect(all.next).toBeNull();
    expect(all.items.map(({ key }) => key).toSorted()).toEqual(names);
    expect(new Set(all.items.map(({ id }) => id))).toEqual(new Set(shown.map(({ id }) => id)));
    const own = await get<LatestPage>("/api/notifications/latest?channel=board&limit=130", ann);
    expect(own.body.next).toBe(names[129]);
    const rest = await get<LatestPage>(`/api/notifications/latest?channel=board&after=${own.body.next}`, ann);
    const found = [...own.body.items, ...rest.body.items];
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(hidden.map(({ id }) => id)));
  });

  test("is gone when it expires, and does not bring back what it replaced", async () => {
    await server.publish({ channel: "ops", message: "step 1", key: "job" });
    const { id } = await server.publish({ channel: "ops", message: "step 2", key: "job", expiresAt: "+1m" });
    expect(await latest("channel=ops&key=job")).toMatchObject({ items: [{ id }] });
    clock.advance(60_000);
    expect(await latest("channel=ops&key=job")).toEqual({ items: [], next: null });
    expect(await list("channels=ops&limit=1")).toEqual([id - 1]);
    expect(await refusal(`/api/notifications/${id}`)).toMatch(/^404 /);
  });
});

test("a public channel is listed, counted and shown to anybody by its name", async () => {
  const grant = { channel: "ops", permission: "read", audience: "public" };
  await mutate(server, "channels.grant", grant, admin);
  expect(await list("channels=ops&key=board", {})).toEqual([stored.signal.id]);
  expect((await get("/api/notifications/count?channels=ops&key=board", {})).body).toEqual({ count: 1 });
  expect((await get<LatestPage>("/api/notifications/latest?channel=ops&key=board", {})).body.items).toEqual([
    stored.signal,
  ]);
  expect((await get(`/api/notifications/${stored.signal.id}`, {})).body).toEqual(stored.signal);
  for (const path of ["", "/count"]) expect(await refusal(`/api/notifications${path}`, {})).toMatch(/^401 /);
  await mutate(server, "channels.revoke", grant, admin);
  expect(await refusal("/api/notifications?channels=ops", {})).toMatch(/^401 /);
});

test("a token of a user sees as the user, and what the user has read", async () => {
  const { headers } = await makeToken(server, ann, { scopes: ["read"] });
  expect(await list("text=secret", headers)).toEqual([stored.forAnn.id]);
  expect(await list("types=backup&read=true", headers)).toEqual([stored.plain.id]);
});
