import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { UnreadCounts } from "../../server/reading/read_desk.ts";
import type { Notification } from "../../server/rules/notification.ts";
import { createHub, type ReadChange } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseEvent, type SseStream } from "../_sse.ts";

const clock = createClock();
const UNOWNED = { authorization: `Bearer ${TOKEN}` };
let server: TestServer;
let admin: Credential;
let serial = 0;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

/** A channel and a user of its own for a test. */
async function makeWorld(): Promise<{ channel: string; id: string; user: Credential }> {
  serial += 1;
  const channel = `channel-${serial}`;
  await server.createChannel(channel);
  const id = `user-${serial}`;
  return { channel, id, user: await makeUser(server, admin, { id }) };
}

const unreadOf = async (user: Credential, input?: object) => {
  const { data } = await query<UnreadCounts>(server, "notifications.unreadCount", input, user);
  const { total, channels } = data;
  return { total, channels };
};
const mark = (user: Credential, input: object, how = "markRead") =>
  mutate<{ changed: number }>(server, `notifications.${how}`, input, user);
const publish = async (draft: object) => (await server.publish({ message: "m", ...draft })).id;

describe("what is unread", () => {
  test("is what was published after the user came, for people, and addressed to the user or to everyone", async () => {
    const { channel, id, user } = await makeWorld();
    expect(await unreadOf(user)).toEqual({ total: 0, channels: {} });
    await publish({ channel });
    await publish({ channel, to: [id, "somebody"] });
    await publish({ channel, to: "somebody" });
    await publish({ channel, event: "progress", data: {} });
    await publish({ channel: "general" });
    expect(await unreadOf(user)).toEqual({ total: 3, channels: { [channel]: 2, general: 1 } });
    expect(await unreadOf(user, { channels: [channel] })).toEqual({ total: 2, channels: { [channel]: 2 } });
  });

  test("is, for a new user, what was addressed to the id before, and nothing else from before", async () => {
    const { channel } = await makeWorld();
    await publish({ channel, message: "from before" });
    const early = await publish({ channel, message: "for who comes", to: "newcomer" });
    const newcomer = await makeUser(server, admin, { id: "newcomer" });
    expect(await unreadOf(newcomer, { channels: [channel] })).toEqual({ total: 1, channels: { [channel]: 1 } });
    await mark(newcomer, { id: early });
    expect((await unreadOf(newcomer)).total).toBe(0);
  });

  test("is not what has expired, from the moment that it has", async () => {
    const { channel, user } = await makeWorld();
    await publish({ channel, expiresAt: "+10m" });
    const kept = await publish({ channel });
    expect((await unreadOf(user)).total).toBe(2);
    clock.advance(600_000);
    expect((await unreadOf(user)).total).toBe(1);
    await mark(user, { ids: [kept] });
    expect((await unreadOf(user)).total).toBe(0);
  });

  test("follows the grants of its channel", async () => {
    const { channel, user } = await makeWorld();
    await publish({ channel });
    const grant = { channel, permission: "read", audience: "everyone" };
    await mutate(server, "channels.revoke", grant, admin);
    expect(await unreadOf(user)).toEqual({ total: 0, channels: {} });
    expect((await query(server, "notifications.unreadCount", { channels: [channel] }, user)).status).toBe(403);
    await mutate(server, "channels.grant", grant, admin);
    expect(await unreadOf(user)).toEqual({ total: 1, channels: { [channel]: 1 } });
  });

  test("is for an admin who asks for all also what is addressed to others, and for nobody else", async () => {
    const { channel, user } = await makeWorld();
    const before = (await unreadOf(admin, { all: true })).total;
    await publish({ channel, to: "somebody" });
    expect((await unreadOf(admin, { all: true })).total).toBe(before + 1);
    expect((await unreadOf(admin, { channels: [channel] })).total).toBe(0);
    expect((await query(server, "notifications.unreadCount", { all: true }, user)).status).toBe(403);
  });

  test("of a token is its owner's; a token without one is told so", async () => {
    const { channel, user } = await makeWorld();
    await publish({ channel });
    await publish({ channel: "general" });
    const token = await makeToken(server, user, { scopes: ["read"], patterns: [channel] });
    expect(await unreadOf(token.headers)).toEqual({ total: 1, channels: { [channel]: 1 } });
    for (const answer of [
      await query(server, "notifications.unreadCount", undefined, UNOWNED),
      await mark(UNOWNED, { id: 1 }),
      await mark(UNOWNED, {}, "markAllRead"),
    ]) {
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("bound to no user");
    }
  });
});

describe("marking", () => {
  test("one or several as read, and as unread again, counts what changed", async () => {
    const { channel, user } = await makeWorld();
    const ids = [await publish({ channel }), await publish({ channel }), await publish({ channel })];
    expect((await mark(user, { ids: ids.slice(1) })).data).toEqual({ changed: 2 });
    expect((await mark(user, { ids })).data).toEqual({ changed: 1 });
    expect((await mark(user, { id: ids[0] })).data).toEqual({ changed: 0 });
    expect((await unreadOf(user)).total).toBe(0);
    expect((await mark(user, { id: ids[1] }, "markUnread")).data).toEqual({ changed: 1 });
    expect(await unreadOf(user)).toEqual({ total: 1, channels: { [channel]: 1 } });
  });

  test("what one may not see is answered as what is not there, and changes nothing", async () => {
    const { channel, user } = await makeWorld();
    const visible = await publish({ channel });
    const forOthers = await publish({ channel, to: "somebody" });
    await server.createChannel(`${channel}-closed`);
    const everyone = { channel: `${channel}-closed`, permission: "read", audience: "everyone" };
    await mutate(server, "channels.revoke", everyone, admin);
    const closed = await publish({ channel: `${channel}-closed` });
    const refusals = [];
    for (const id of [forOthers, closed, 999_999]) {
      const { status, text } = await mark(user, { id });
      expect(status).toBe(404);
      refusals.push(text.replaceAll(`${id}`, "ID"));
    }
    expect(new Set(refusals).size).toBe(1);
    expect((await mark(user, { ids: [forOthers, closed, 999_999, visible] })).data).toEqual({ changed: 1 });
    await mutate(server, "channels.grant", everyone, admin);
    expect(await unreadOf(user)).toEqual({ total: 1, channels: { [`${channel}-closed`]: 1 } });
  });

  test("all reads everything, of one channel, or up to one; what comes later is unread", async () => {
    const { channel, user } = await makeWorld();
    const ids = [await publish({ channel }), await publish({ channel }), await publish({ channel })];
    await publish({ channel: "general" });
    const { data } = await mutate(server, "notifications.markAllRead", { channel, through: ids[1] }, user);
    expect(data).toEqual({ through: ids[1] });
    expect(await unreadOf(user)).toEqual({ total: 2, channels: { [channel]: 1, general: 1 } });
    await mark(user, { channel }, "markAllRead");
    expect(await unreadOf(user)).toEqual({ total: 1, channels: { general: 1 } });
    await mark(user, { through: 900_000_000 }, "markAllRead");
    expect((await unreadOf(user)).total).toBe(0);
    await publish({ channel });
    expect((await unreadOf(user)).total).toBe(1);
  });

  test("all takes a cursor, and refuses one of another database", async () => {
    const { channel, user } = await makeWorld();
    const { cursor } = await server.publish({ channel, message: "m" });
    await publish({ channel });
    await mark(user, { through: cursor }, "markAllRead");
    expect((await unreadOf(user)).total).toBe(1);
    const { status, text } = await mark(user, { through: "zzzzzzzz-9" }, "markAllRead");
    expect(status).toBe(400);
    expect(text).toContain("of another database");
  });

  test("all, with a token that is for some channels, leaves the others alone", async () => {
    const { channel, user } = await makeWorld();
    const { headers } = await makeToken(server, user, { scopes: ["read"], patterns: [channel] });
    await publish({ channel });
    await publish({ channel: "general" });
    await mark(headers, {}, "markAllRead");
    expect(await unreadOf(user)).toEqual({ total: 1, channels: { general: 1 } });
  });

  test.each([
    ["markRead", "nothing", {}, /id, or ids/],
    ["markRead", "both", { id: 1, ids: [1] }, /id, or ids/],
    ["markRead", "501", { ids: Array.from({ length: 501 }, (_, n) => n + 1) }, /at most 500/],
    ["markUnread", "what is no id", { id: -1 }, /at least 1/],
    ["markAllRead", "what is no cursor", { through: "yesterday" }, /through .*cursor/],
    ["markAllRead", "what is no channel", { channel: "a b" }, /channel .*letters/],
  ])("%s refuses %s", async (how, _, input, reason) => {
    const { status, text } = await mark(admin, input, how);
    expect(status).toBe(400);
    expect(text).toMatch(reason);
  });

  test("forgets a user who is deleted", async () => {
    const { channel, id, user } = await makeWorld();
    const read = await publish({ channel, to: id });
    await mark(user, { id: read });
    await mutate(server, "users.delete", { id }, admin);
    expect((await unreadOf(await makeUser(server, admin, { id, adopt: true }))).total).toBe(1);
  });
});

describe("a change of read state", () => {
  const PATHS = [
    "/api/notifications/stream",
    "/trpc/notifications.subscribe",
    // Left to tRPC's own handler, which iterates it.
    "/trpc/notifications%2Esubscribe",
  ];

  async function follow(path: string, headers: Credential): Promise<SseStream> {
    const stream = await openSse(server.url + path, { headers });
    for (let event = await stream.next(); !event.data.includes('"clientId"'); ) event = await stream.next();
    return stream;
  }
  const isRead = ({ event, data }: SseEvent) => event === "read" || data.includes('"event":"read"');
  async function nextRead(stream: SseStream): Promise<ReadChange> {
    for (let event = await stream.next(); ; event = await stream.next()) {
      if (isRead(event)) return { event: "read", ...(JSON.parse(event.data) as Omit<ReadChange, "event">) };
    }
  }

  test.each(PATHS)("reaches the user's streams at %s, and nobody else's", async (path) => {
    const { channel, user } = await makeWorld();
    const { user: other } = await makeWorld();
    using mine = await follow(path, user);
    using others = await follow(path, other);
    const id = await publish({ channel });
    const [, later] = [await publish({ channel }), await publish({ channel })];
    await mark(user, { ids: [id] });
    await mark(user, { id: later }, "markUnread");
    await mark(user, { id }, "markUnread");
    await mark(user, { channel, through: id }, "markAllRead");
    await mark(user, { through: later }, "markAllRead");
    expect(await nextRead(mine)).toEqual({ event: "read", read: true, ids: [id] });
    expect(await nextRead(mine), "what was unread already is not told").toEqual({
      event: "read",
      read: false,
      ids: [id],
    });
    expect(await nextRead(mine)).toEqual({ event: "read", read: true, through: id, channel });
    expect(await nextRead(mine)).toEqual({ event: "read", read: true, through: later });
    const last = await publish({ channel });
    for (let event = await others.next(); !event.data.includes(`"id":${last},`); ) {
      expect(isRead(event)).toBe(false);
      event = await others.next();
    }
  });

  test("reaches the SDK's other subscriptions", async () => {
    const { channel, user } = await makeWorld();
    const { secret } = await makeToken(server, user, { scopes: ["read"] });
    using hub = createHub({ url: server.url, token: secret });
    using screen = createHub({ url: server.url, token: secret });
    const { promise: told, resolve } = Promise.withResolvers<ReadChange>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<Notification>();
    screen.subscribe({ lastEventId: "0", channels: [channel] }, { onNotification: arrive, onRead: resolve });
    const id = await publish({ channel });
    await arrived;
    expect(await hub.unreadCount()).toEqual({ total: 1, channels: { [channel]: 1 }, head: id });
    expect(await hub.markRead([id])).toEqual({ changed: 1 });
    expect(await told).toEqual({ event: "read", read: true, ids: [id] });
    expect(await hub.markUnread([id])).toEqual({ changed: 1 });
    expect(await hub.markAllRead({ channel })).toEqual({ through: id });
    expect(await hub.unreadCount({ channels: [channel] })).toMatchObject({ total: 0, channels: {} });
  });
});
