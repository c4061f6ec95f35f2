/** What was sent is taken back, or its time is over: on screens, in lists, for those who come back; REST and tRPC. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import type { Notification } from "../../server/rules/notification.ts";
import type { Removed } from "../../server/rules/stream_item.ts";
import { createHub } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseEvent, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
const AUTH = { authorization: `Bearer ${TOKEN}` };
const clock = createClock();
let server: TestServer;
let admin: Credential;
let ann: Credential;
let bob: Credential;
/** Manages `ops`. */
let max: Credential;

beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["ops", "oncall"] });
  admin = { cookie: await signInAdmin(server) };
  for (const [channel, permission, userId] of [
    ["ops", "publish", "ann"],
    ["oncall", "publish", "ann"],
    ["ops", "publish", "bob"],
    ["ops", "manage", "max"],
  ]) {
    await mutate(server, "channels.grant", { channel, permission, audience: "user", userId }, admin);
  }
  [ann, bob, max] = [
    await makeUser(server, admin, { id: "ann" }),
    await makeUser(server, admin, { id: "bob" }),
    await makeUser(server, admin, { id: "max" }),
  ];
});
afterAll(() => server[Symbol.asyncDispose]());

const publish = async (as: Credential, draft: object): Promise<Notification> => {
  const { status, data, text } = await mutate<Notification>(
    server,
    "notifications.publish",
    { channel: "ops", ...draft },
    as,
  );
  expect(status, text).toBe(200);
  return data;
};
const remove = (as: Credential, id: number, reason?: string) =>
  mutate<Removed>(server, "notifications.remove", { id, ...(reason && { reason }) }, as);
const idsInList = async (as: Credential, input: object = {}): Promise<number[]> => {
  const { data } = await query<{ items: Notification[] }>(server, "notifications.list", { limit: 500, ...input }, as);
  return data.items.map(({ id }) => id);
};

/** Opens a stream and reads up to its beginning. */
async function follow(path: string, headers: Credential, after?: number): Promise<SseStream> {
  const separator = path.includes("?") ? "&" : "?";
  const url = `${server.url}${path}${after === undefined ? "" : `${separator}lastEventId=${after}`}`;
  const stream = await openSse(url, { headers });
  for (let event = await stream.next(); !event.data.includes('"clientId"'); ) event = await stream.next();
  return stream;
}

/** The next event that is no heartbeat, with its data. */
async function next(stream: SseStream): Promise<SseEvent & { readonly value: Record<string, unknown> }> {
  for (;;) {
    const event = await stream.next();
    if (!["heartbeat", "ping"].includes(event.event)) return { ...event, value: JSON.parse(event.data) };
  }
}

describe("notifications.remove", () => {
  test.each([PLAIN, TYPED])(
    "tells %s at once, and whoever comes back later is given the removal, never the content",
    async (path) => {
      using live = await follow(path, AUTH);
      const before = await publish(ann, { message: "before" });
      const wrong = await publish(ann, { message: "wrong words", severity: "error", type: "alert" });
      const after = await publish(ann, { message: "after" });
      for (const { id } of [before, wrong, after]) expect((await next(live)).value["id"]).toBe(id);
      clock.advance(1_000);
      const { status, data } = await remove(ann, wrong.id, "typing error");
      expect(status).toBe(200);
      expect(data).toEqual({
        ...{ id: after.id + 1, cursor: expect.stringMatching(new RegExp(`-${after.id + 1}$`)), channel: "ops" },
        ...{ event: "removed", type: "alert", severity: "error", removed: wrong.id, sender: "ann" },
        timestamp: new Date(clock.now()).toISOString(),
      });
      const told = await next(live);
      expect(told.value).toEqual(data);
      expect(told.id).toBe(data.cursor);
      if (path === PLAIN) expect(told.event).toBe("removed");

      for (const from of [before.id - 1, wrong.id]) {
        using back = await follow(path, AUTH, from);
        const given = [await next(back), ...(from < wrong.id ? [await next(back)] : [])];
        expect(given.map(({ value }) => value["id"])).toEqual(from < wrong.id ? [before.id, after.id] : [after.id]);
        expect((await next(back)).value).toEqual(data);
        expect(back.text).not.toContain("wrong words");
        expect(back.text).not.toContain("typing error");
        expect(back.text).not.toContain('"gap"');
      }
    },
  );

  test("takes it from lists, search, counts and its own address; the removal itself is in none of them", async () => {
    const { id } = await publish(ann, { message: "a word like xylophone" });
    const reader = bob;
    const unread = async () =>
      (await query<{ total: number }>(server, "notifications.unreadCount", {}, reader)).data.total;
    const [listed, count] = [await idsInList(reader), await unread()];
    expect(listed).toContain(id);
    const { data } = await remove(ann, id);
    expect(await idsInList(reader)).toEqual(listed.filter((one) => one !== id));
    expect(await idsInList(reader, { text: "xylophone" })).toEqual([]);
    expect(await unread()).toBe(count - 1);
    for (const gone of [id, data.id])
      expect((await query(server, "notifications.get", { id: gone }, reader)).status).toBe(404);
    using db = openDatabase(server.folder, { readonly: true });
    const left = db.sqlite.prepare("SELECT count(*) FROM notifications WHERE json LIKE '%xylophone%'").pluck();
    expect(left.get()).toBe(0);
  });

  test("works over REST, and once", async () => {
    const { id } = await publish(ann, { message: "m" });
    const call = () => fetch(`${server.url}/api/notifications/${id}`, { method: "DELETE", headers: ann });
    const [first, second] = await Promise.all([call(), call()]);
    expect([first.status, second.status].toSorted()).toEqual([200, 404]);
    const refused = first.status === 404 ? first : second;
    expect(await refused.text()).toContain(`Cannot remove notification ${id}: there is none with this id`);
    const odd = await fetch(`${server.url}/api/notifications/one`, { method: "DELETE", headers: ann });
    expect([odd.status, await odd.text()]).toEqual([400, expect.stringContaining("id must be a number")]);
  });

  test("is for its sender, whoever manages the channel, and admins; others are refused, or learn nothing", async () => {
    for (const as of [ann, max, admin]) {
      const { id } = await publish(ann, { message: "m" });
      expect((await remove(as, id)).status).toBe(200);
    }
    const { id } = await publish(ann, { message: "ann's" });
    const refused = await remove(bob, id);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("only its sender, whoever manages")]);
    const forMax = await publish(ann, { message: "secret", to: "max" });
    const unseen = await remove(bob, forMax.id);
    expect([unseen.status, unseen.text]).toEqual([404, expect.stringContaining("there is none with this id")]);
    expect((await remove(ann, forMax.id)).data).toMatchObject({ removed: forMax.id, to: ["max"] });
    expect((await remove({}, id)).status).toBe(401);
  });

  test("of what is addressed to others is not for whoever manages the channel, who does not learn that it is there", async () => {
    const { id } = await publish(ann, { message: "secret", to: "bob" });
    const absent = await remove(max, 99_999);
    const refused = await remove(max, id);
    expect([refused.status, refused.text]).toEqual([404, absent.text.replaceAll("99999", `${id}`)]);
    const { id: own } = await publish(ann, { message: "m", to: ["bob", "max"] });
    expect((await remove(max, own)).status).toBe(200);
    expect((await remove(ann, id)).status).toBe(200);
  });

  test("is for the token that sent it and the token's owner, not for another of the same name", async () => {
    const token = await makeToken(server, ann, { name: "shop", scopes: ["publish"] });
    const sent = [
      await publish(token.headers, { message: "1" }),
      await publish(token.headers, { message: "2" }),
      await publish(token.headers, { message: "3" }),
    ];
    expect(sent[0]?.sender).toBe("token:shop");
    expect((await remove(token.headers, sent[0]?.id ?? 0)).status).toBe(200);
    expect((await remove(ann, sent[1]?.id ?? 0)).status).toBe(200);
    await mutate(server, "tokens.revoke", { id: token.id }, ann);
    const bobs = await makeToken(server, bob, { name: "shop", scopes: ["read", "publish"] });
    expect((await remove(bobs.headers, sent[2]?.id ?? 0)).status).toBe(403);
    expect((await remove(bob, sent[2]?.id ?? 0)).status).toBe(403);
  });

  test("of what is addressed to some tells those, and nobody else", async () => {
    const readers = [await follow(PLAIN, ann), await follow(PLAIN, max), await follow(PLAIN, bob)] as const;
    const { id } = await publish(ann, { message: "for ann and max", to: ["ann", "max"] });
    const { data } = await remove(ann, id);
    for (const stream of readers.slice(0, 2)) {
      expect((await next(stream)).value["id"]).toBe(id);
      expect((await next(stream)).value).toEqual(JSON.parse(JSON.stringify(data)));
    }
    const { id: last } = await publish(ann, { message: "for all" });
    expect((await next(readers[2])).value["id"], "bob sees neither").toBe(last);
    for (const stream of readers) stream[Symbol.dispose]();
  });

  test("leaves who and why in the audit trail, and never what it said", async () => {
    const { id } = await publish(ann, { title: "the title", message: "the words" });
    await remove(max, id, "not for here");
    const { data, text } = await query<{ items: object[] }>(
      server,
      "audit.list",
      { action: "notification.remove", limit: 1 },
      admin,
    );
    expect(data.items).toMatchObject([
      { actor: "max", target: `ops #${id}`, before: { sender: "ann" }, after: { reason: "not for here" } },
    ]);
    expect(text).not.toContain("the words");
    expect(text).not.toContain("the title");
  });

  test("ends its escalation, and removes the copies that were sent, from the screens of those who got them", async () => {
    const where = { channel: "oncall", permission: "publish", audience: "user", userId: "ann" };
    await mutate(server, "channels.grant", where, admin);
    const alert = await publish(ann, { message: "fire", ack: "anyone", escalate: { after: "10m", to: "oncall" } });
    using oncall = await follow(`${PLAIN}?channels=oncall`, AUTH);
    const copies: unknown[] = [];
    for (let step = 0; step < 2; step += 1) {
      clock.advance(600_000);
      const { value } = await next(oncall);
      expect(value).toMatchObject({ message: "fire", original: alert.id });
      copies.push(value["id"]);
    }
    await remove(ann, alert.id);
    const removed = [(await next(oncall)).value, (await next(oncall)).value];
    expect(removed.map((value) => value["removed"])).toEqual(copies);
    using db = openDatabase(server.folder, { readonly: true });
    const count = (sql: string) => db.sqlite.prepare(sql).pluck().get(alert.id);
    expect(count("SELECT count(*) FROM escalations WHERE notification_id = ?")).toBe(0);
    expect(count("SELECT count(*) FROM notifications WHERE original = ?")).toBe(0);
  });
});

describe("a notification with expiresAt", () => {
  test("is taken off screens when its time is over, and then given to nobody", async () => {
    using plain = await follow(PLAIN, AUTH);
    using typed = await follow(TYPED, AUTH);
    using hub = createHub({ url: server.url, token: TOKEN });
    const told: unknown[] = [];
    const { promise: connected, resolve } = Promise.withResolvers<unknown>();
    hub.subscribe(
      {},
      { onNotification: () => undefined, onExpired: (expired) => told.push(expired), onConnected: resolve },
    );
    await connected;
    const passing = await publish(ann, { message: "passing", expiresAt: "+10m" });
    const lasting = await publish(ann, { message: "lasting" });
    expect(passing.expiresAt).toBe(new Date(clock.now() + 600_000).toISOString());
    for (const stream of [plain, typed])
      for (const { id } of [passing, lasting]) expect((await next(stream)).value["id"]).toBe(id);
    clock.advance(599_999);
    expect(await idsInList(bob)).toContain(passing.id);
    clock.advance(1);
    expect(await idsInList(bob), "at once, before it is deleted").not.toContain(passing.id);
    expect((await query(server, "notifications.get", { id: passing.id }, bob)).status).toBe(404);
    using back = await follow(PLAIN, AUTH, passing.id - 1);
    expect((await next(back)).value["id"]).toBe(lasting.id);

    expect((await next(plain)).value).toEqual({ event: "expired", ids: [passing.id] });
    const { value, id } = await next(typed);
    expect(value).toEqual({ event: "expired", ids: [passing.id] });
    expect(id, "it does not move the cursor").toBe(lasting.cursor);
    await expect.poll(() => told).toEqual([{ event: "expired", ids: [passing.id] }]);
    await expect.poll(() => server.storedIds(), { timeout: 10_000 }).not.toContain(passing.id);
  });

  test("is taken off with others of its time: one event names all that the same readers could see", async () => {
    using plain = await follow(PLAIN, AUTH);
    const ids: number[] = [];
    for (const severity of ["info", "info", "error", "info"]) {
      ids.push((await publish(ann, { message: "m", severity, expiresAt: "+1m" })).id);
    }
    for (const id of ids) expect((await next(plain)).value["id"]).toBe(id);
    clock.advance(60_000);
    const [first, second, third, fourth] = ids;
    expect((await next(plain)).value).toEqual({ event: "expired", ids: [first, second, fourth] });
    expect((await next(plain)).value).toEqual({ event: "expired", ids: [third] });
  });

  test("that is addressed to some is taken off their screens only", async () => {
    using anns = await follow(PLAIN, ann);
    using bobs = await follow(PLAIN, bob);
    const { id } = await publish(ann, { message: "for ann", to: "ann", expiresAt: "+1m" });
    expect((await next(anns)).value["id"]).toBe(id);
    clock.advance(60_000);
    expect((await next(anns)).value).toEqual({ event: "expired", ids: [id] });
    const { id: last } = await publish(ann, { message: "for all" });
    expect((await next(bobs)).value["id"]).toBe(last);
  });

  test.each([
    ["in the past", { expiresAt: 1 }, /expiresAt must lie in the future/],
    ["before it is delivered", { expiresAt: "+1h", deliverAt: "+2h" }, /expiresAt must be later than deliverAt/],
    ["more than two years ahead", { expiresAt: "+800d" }, /expiresAt must lie at most 732 days ahead/],
  ])("is refused when that is %s", async (_, fields, words) => {
    const { status, text } = await mutate(
      server,
      "notifications.publish",
      { channel: "ops", message: "m", ...fields },
      ann,
    );
    expect([status, text]).toEqual([400, expect.stringMatching(words)]);
  });
});
