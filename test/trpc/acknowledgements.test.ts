import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AcknowledgeAnswer, NotificationStatus } from "../../server/rules/acknowledgement.ts";
import { type Acknowledged, createHub } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseStream } from "../_sse.ts";

const clock = createClock();
const UNOWNED = { authorization: `Bearer ${TOKEN}` };
/** The hub notes deliveries once a second. */
const SOON = { timeout: 15_000, interval: 20 };
let server: TestServer;
let admin: Credential;
let serial = 0;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

interface World {
  readonly channel: string;
  /** Ids; only these two, and the admin, may read the channel. */
  readonly ann: string;
  readonly bob: string;
  readonly as: Readonly<Record<"ann" | "bob", Credential>>;
}

/** A channel, with two who may read it. */
async function makeWorld(): Promise<World> {
  serial += 1;
  const [channel, ann, bob] = [`channel-${serial}`, `ann-${serial}`, `bob-${serial}`];
  await server.createChannel(channel);
  const as = { ann: await makeUser(server, admin, { id: ann }), bob: await makeUser(server, admin, { id: bob }) };
  const grant = { channel, permission: "read" };
  await mutate(server, "channels.revoke", { ...grant, audience: "everyone" }, admin);
  for (const userId of [ann, bob]) {
    await mutate(server, "channels.grant", { ...grant, audience: "user", userId }, admin);
  }
  return { channel, ann, bob, as };
}

const publish = async (draft: object) => (await server.publish({ message: "m", ...draft })).id;
const acknowledge = (id: number, who: Credential) =>
  mutate<AcknowledgeAnswer>(server, "notifications.acknowledge", { id }, who);
const statusFor = async (who: Credential, id: number) =>
  (await query<NotificationStatus>(server, "notifications.status", { id }, who)).data;
const usersOf = (rows: readonly { readonly user: string }[] = []) => rows.map(({ user }) => user);

describe("acknowledging", () => {
  test("by anyone is settled with the first, and says who did and when", async () => {
    const { channel, ann, bob, as } = await makeWorld();
    const id = await publish({ channel, ack: "anyone" });
    const before = await statusFor(admin, id);
    expect(before).toMatchObject({ id, ack: "anyone", settled: false, acknowledged: [], view: "everybody" });
    expect(before.outstanding.toSorted()).toEqual(["admin", ann, bob]);
    const at = new Date(clock.now()).toISOString();
    expect((await acknowledge(id, as.bob)).data).toEqual({ id, at, settled: true });
    expect(await statusFor(admin, id)).toMatchObject({
      settled: true,
      acknowledged: [{ user: bob, at }],
      outstanding: [],
    });
    clock.advance(1_000);
    expect((await acknowledge(id, as.ann)).data).toMatchObject({ id, settled: true });
    expect((await statusFor(admin, id)).acknowledged).toHaveLength(2);
  });

  test("again changes nothing and tells when it was first", async () => {
    const { channel, ann, as } = await makeWorld();
    const id = await publish({ channel, ack: "anyone" });
    const first = (await acknowledge(id, as.ann)).data;
    clock.advance(60_000);
    expect((await acknowledge(id, as.ann)).data).toEqual(first);
    expect((await statusFor(admin, id)).acknowledged).toEqual([{ user: ann, at: first.at }]);
  });

  test("by everyone is settled once all who may read the channel have, whoever comes or goes", async () => {
    const { channel, ann, bob, as } = await makeWorld();
    const id = await publish({ channel, ack: "everyone" });
    expect((await acknowledge(id, admin)).data).toMatchObject({ settled: false });
    expect((await acknowledge(id, as.ann)).data).toMatchObject({ settled: false });
    expect(await statusFor(admin, id)).toMatchObject({ settled: false, outstanding: [bob] });
    await mutate(server, "users.disable", { id: bob }, admin);
    expect(await statusFor(admin, id)).toMatchObject({ settled: true, outstanding: [] });
    await mutate(server, "users.enable", { id: bob }, admin);
    expect((await acknowledge(id, as.bob)).status).toBe(401);
    const bobAgain = await mutate(server, "session.signIn", {
      email: `${bob}@example.com`,
      password: "correct horse battery staple",
    });
    const cookie = bobAgain.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect((await acknowledge(id, { cookie })).data).toMatchObject({ settled: true });
    expect(usersOf((await statusFor(admin, id)).acknowledged).toSorted()).toEqual(["admin", ann, bob]);
  });

  test("by everyone, of what is addressed, needs those only, also who is not known yet", async () => {
    const { channel, ann, as } = await makeWorld();
    const id = await publish({ channel, ack: "everyone", to: [ann, "nobody-yet"] });
    expect((await acknowledge(id, as.ann)).data).toMatchObject({ settled: false });
    expect(await statusFor(admin, id)).toMatchObject({ outstanding: ["nobody-yet"] });
    expect((await acknowledge(id, as.bob)).status).toBe(404);
  });

  test("what asks for none is refused with 409; what one may not see, or has expired, is not there", async () => {
    const { channel, ann, as } = await makeWorld();
    const plain = await publish({ channel });
    const { status, text } = await acknowledge(plain, as.ann);
    expect(status).toBe(409);
    expect(text).toContain(`Cannot acknowledge notification ${plain}: it asks for no acknowledgement`);
    const forAnn = await publish({ channel, ack: "anyone", to: ann });
    const expiring = await publish({ channel, ack: "anyone", expiresAt: "+1m" });
    clock.advance(60_000);
    const stranger = await makeUser(server, admin, { id: `stranger-${serial}` });
    for (const [id, who] of [
      [forAnn, as.bob],
      [forAnn, stranger],
      [plain, stranger],
      [expiring, as.ann],
      [999_999, as.ann],
    ] as const) {
      const refused = await acknowledge(id, who);
      expect(refused.status).toBe(404);
      expect(refused.text.replaceAll(`${id}`, "ID")).toContain(
        "Cannot acknowledge notification ID: there is none with this id",
      );
    }
    expect((await acknowledge(forAnn, UNOWNED)).text).toContain("bound to no user");
  });

  test("at the same moment by two is settled once, and counts both", async () => {
    const { channel, as } = await makeWorld();
    const id = await publish({ channel, ack: "anyone" });
    const answers = await Promise.all([acknowledge(id, as.ann), acknowledge(id, as.bob), acknowledge(id, as.ann)]);
    expect(answers.map(({ data }) => data.settled)).toEqual([true, true, true]);
    expect((await statusFor(admin, id)).acknowledged).toHaveLength(2);
  });
});

describe("the status", () => {
  test("tells delivered, read and acknowledged apart: none follows from another", async () => {
    const { channel, ann, bob, as } = await makeWorld();
    using stream = await openSse(`${server.url}/api/notifications/stream?channels=${channel}`, { headers: as.ann });
    await stream.take(2);
    const id = await publish({ channel, ack: "everyone" });
    const silent = await publish({ channel });
    const at = new Date(clock.now()).toISOString();
    await expect.poll(async () => (await statusFor(admin, id)).delivered, SOON).toEqual([{ user: ann, at }]);
    expect(await statusFor(admin, id)).toMatchObject({ read: [], acknowledged: [] });
    await mutate(server, "notifications.markRead", { id }, as.bob);
    await acknowledge(id, admin);
    expect(await statusFor(admin, id)).toMatchObject({
      delivered: [{ user: ann, at }],
      read: [{ user: bob }],
      acknowledged: [{ user: "admin" }],
      counts: { delivered: 1, read: 1, acknowledged: 1, outstanding: 2 },
    });
    expect(await statusFor(admin, silent), "deliveries of what asks for nothing are not noted").toMatchObject({
      ack: null,
      settled: true,
      delivered: [],
      outstanding: [],
    });
  });

  test("does not say of who was made later that they have read it", async () => {
    const { channel, bob, as } = await makeWorld();
    const id = await publish({ channel: "general" });
    clock.advance(1_000);
    await makeUser(server, admin, { id: `late-${channel}` });
    await mutate(server, "notifications.markRead", { id }, as.bob);
    expect((await statusFor(admin, id)).read).toEqual([{ user: bob }]);
  });

  test("notes the first delivery to each user, live, in a page and to an iterated stream", async () => {
    const { channel, ann, bob, as } = await makeWorld();
    const id = await publish({ channel, ack: "anyone" });
    const first = new Date(clock.now()).toISOString();
    const streams: SseStream[] = [];
    const follow = async (path: string, who: Credential) => {
      const stream = await openSse(server.url + path, { headers: who });
      streams.push(stream);
      while (!(await stream.next()).data.includes(`"id":${id},`));
    };
    await follow(`/api/notifications/stream?channels=${channel}&lastEventId=${id - 1}`, as.ann);
    await expect.poll(async () => usersOf((await statusFor(admin, id)).delivered), SOON).toEqual([ann]);
    clock.advance(5_000);
    const input = encodeURIComponent(JSON.stringify({ channels: [channel], lastEventId: `${id - 1}` }));
    await follow(`/trpc/notifications.subscribe?input=${input}`, as.ann);
    await follow(`/trpc/notifications%2Esubscribe?input=${input}`, as.bob);
    await expect
      .poll(async () => (await statusFor(admin, id)).delivered, SOON)
      .toEqual([
        { user: ann, at: first },
        { user: bob, at: new Date(clock.now()).toISOString() },
      ]);
    for (const stream of streams) stream[Symbol.dispose]();
  });

  test("is whole for the sender, whoever manages the channel and admins; others see themselves", async () => {
    const { channel, ann, bob, as } = await makeWorld();
    for (const permission of ["publish", "manage"] as const) {
      const userId = permission === "publish" ? ann : bob;
      await mutate(server, "channels.grant", { channel, permission, audience: "user", userId }, admin);
    }
    const carl = await makeUser(server, admin, { id: `carl-${serial}` });
    await mutate(
      server,
      "channels.grant",
      { channel, permission: "read", audience: "user", userId: `carl-${serial}` },
      admin,
    );
    const { data } = await mutate<{ id: number }>(
      server,
      "notifications.publish",
      { channel, message: "m", ack: "everyone" },
      as.ann,
    );
    await acknowledge(data.id, admin);
    await acknowledge(data.id, carl);
    for (const who of [as.ann, as.bob, admin, UNOWNED]) {
      const { view, acknowledged, outstanding } = await statusFor(who, data.id);
      expect({ view, users: usersOf(acknowledged) }).toEqual({ view: "everybody", users: ["admin", `carl-${serial}`] });
      expect(outstanding.toSorted()).toEqual([ann, bob]);
    }
    const own = await statusFor(carl, data.id);
    expect(own).toMatchObject({
      view: "own",
      settled: false,
      outstanding: [],
      counts: { acknowledged: 1, outstanding: 0 },
    });
    expect(usersOf(own.acknowledged)).toEqual([`carl-${serial}`]);
    expect(JSON.stringify(own)).not.toContain(ann);
  });

  test("of what is addressed to others is its sender's and the admins'; a token of the same name is no sender", async () => {
    const { channel, ann, as } = await makeWorld();
    for (const userId of [ann]) {
      await mutate(server, "channels.grant", { channel, permission: "publish", audience: "user", userId }, admin);
    }
    const token = await makeToken(server, as.ann, { name: `shop-${serial}`, scopes: ["publish"] });
    const { data } = await mutate<{ id: number }>(
      server,
      "notifications.publish",
      { channel, message: "m", ack: "anyone", to: "somebody" },
      token.headers,
    );
    for (const who of [token.headers, as.ann, admin]) expect((await statusFor(who, data.id)).view).toBe("everybody");
    await mutate(server, "tokens.revoke", { id: token.id }, as.ann);
    const { headers } = await makeToken(server, as.bob, { name: `shop-${serial}`, scopes: ["read", "publish"] });
    for (const who of [headers, as.bob]) {
      expect((await query(server, "notifications.status", { id: data.id }, who)).status).toBe(404);
    }
  });
});

describe("that something is acknowledged", () => {
  const PATHS = ["/api/notifications/stream", "/trpc/notifications.subscribe", "/trpc/notifications%2Esubscribe"];

  async function follow(path: string, headers: Credential): Promise<SseStream> {
    const stream = await openSse(server.url + path, { headers });
    for (let event = await stream.next(); !event.data.includes('"clientId"'); ) event = await stream.next();
    return stream;
  }
  async function nextOf(stream: SseStream): Promise<Acknowledged> {
    for (let event = await stream.next(); ; event = await stream.next()) {
      if (event.event === "acknowledged" || event.data.includes('"event":"acknowledged"')) {
        return { event: "acknowledged", ...(JSON.parse(event.data) as Omit<Acknowledged, "event">) };
      }
    }
  }

  test.each(PATHS)("reaches at once, at %s, who could see it, and nobody else", async (path) => {
    const { channel, ann, as } = await makeWorld();
    using anns = await follow(path, as.ann);
    using bobs = await follow(path, as.bob);
    const forBoth = await publish({ channel, ack: "anyone" });
    const forAnn = await publish({ channel, ack: "anyone", to: ann });
    await acknowledge(forAnn, as.ann);
    await acknowledge(forBoth, as.ann);
    expect(await nextOf(anns)).toEqual({ event: "acknowledged", acknowledged: forAnn, settled: true });
    expect(await nextOf(anns)).toEqual({ event: "acknowledged", acknowledged: forBoth, settled: true });
    expect(await nextOf(bobs)).toEqual({ event: "acknowledged", acknowledged: forBoth, settled: true });
    expect(bobs.text, "who it was is not told").not.toContain(ann);
  });

  test("is told to the user's other streams where others have to acknowledge as well", async () => {
    const { channel, as } = await makeWorld();
    const { secret } = await makeToken(server, as.ann, { scopes: ["read"] });
    using hub = createHub({ url: server.url, token: secret });
    const { promise: told, resolve } = Promise.withResolvers<Acknowledged>();
    const { promise: connected, resolve: connect } = Promise.withResolvers<unknown>();
    hub.subscribe({}, { onNotification: () => undefined, onAcknowledged: resolve, onConnected: connect });
    await connected;
    using bobs = await follow(PATHS[0] ?? "", as.bob);
    const id = await publish({ channel, ack: "everyone" });
    expect(await hub.acknowledge(id)).toMatchObject({ id, settled: false });
    expect(await told).toEqual({ event: "acknowledged", acknowledged: id, settled: false });
    expect(await hub.status(id)).toMatchObject({ view: "own", settled: false });
    await acknowledge(id, as.bob);
    await acknowledge(id, admin);
    expect(await nextOf(bobs)).toMatchObject({ settled: false });
    expect(await nextOf(bobs)).toMatchObject({ settled: true });
  });
});
