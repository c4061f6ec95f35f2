import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NotificationStatus } from "../../server/rules/acknowledgement.ts";
import { createHub, type Hub, type Notification } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, JWT_SECRET, makeUser, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { makeTempFolder } from "../_temp.ts";
import { Victim } from "../_victim.ts";

/** The hub looks at its clock twice a second. */
const SOON = { timeout: 20_000, interval: 20 };
const MINUTE = 60_000;
const clock = createClock();
let server: TestServer;
let hub: Hub;
let admin: Credential;
let serial = 0;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  admin = { cookie: await signInAdmin(server) };
  hub = createHub({ url: server.url, token: TOKEN });
});
afterAll(async () => {
  hub.close();
  await server[Symbol.asyncDispose]();
});

/** Channels and a user of their own for a test. */
async function makeWorld() {
  serial += 1;
  const [ops, oncall, boss] = [`ops-${serial}`, `oncall-${serial}`, `boss-${serial}`];
  for (const channel of [ops, oncall, boss]) await server.createChannel(channel);
  const ann = `ann-${serial}`;
  return { ops, oncall, boss, ann, as: await makeUser(server, admin, { id: ann }) };
}

const publish = (draft: object) => server.publish({ message: "Disk full", severity: "critical", ...draft });
const stored = async (channel: string): Promise<Notification[]> =>
  (await hub.list({ channels: [channel], limit: 100 })).items.toReversed();
const idsOf = async (channel: string) => (await stored(channel)).map(({ id }) => id);
const copiesIn = async (channel: string) =>
  (await hub.trpc.notifications.list.query({ channels: [channel], all: true })).items.filter(
    ({ original }) => original !== undefined,
  ).length;
const statusOf = async (id: number) =>
  (await query<NotificationStatus>(server, "notifications.status", { id }, admin)).data;
const acknowledge = (id: number, who: Credential) => mutate(server, "notifications.acknowledge", { id }, who);

/** Turns the clock, and waits until the hub has sent what another notification, due at the same time, brings. */
async function turn(ms: number): Promise<void> {
  serial += 1;
  const channel = `witness-${serial}`;
  await server.createChannel(channel);
  await publish({ channel, ack: "anyone", escalate: { after: Math.max(ms, 10_000) } });
  clock.advance(ms);
  if (ms < 10_000) return;
  await expect.poll(async () => (await stored(channel)).length, SOON).toBe(2);
  await acknowledge((await idsOf(channel))[0] ?? 0, admin);
}

describe("what nobody acknowledges", () => {
  test("is sent again to its own channel, the same but for its time, until somebody does", async () => {
    const { ops, ann, as } = await makeWorld();
    const data = { host: "db-1", nested: { data: [1, "}"] } };
    const first = await publish({
      channel: ops,
      title: "t",
      key: "disk",
      tags: ["a"],
      data,
      to: ann,
      ack: "anyone",
      escalate: { after: "10m" },
    });
    await turn(10 * MINUTE);
    const copies = () => hub.trpc.notifications.list.query({ channels: [ops], all: true });
    await expect.poll(async () => (await copies()).items.length, SOON).toBe(2);
    const [copy] = (await copies()).items;
    const { id, cursor, timestamp, ...rest } = first;
    expect(copy).toEqual({
      ...rest,
      ...{ id: copy?.id, cursor: copy?.cursor, original: id },
      timestamp: new Date(Date.parse(timestamp) + 10 * MINUTE).toISOString(),
    });
    expect(cursor).not.toBe(copy?.cursor);
    expect(await statusOf(id)).toMatchObject({
      settled: false,
      escalations: 1,
      nextEscalation: new Date(clock.now() + 10 * MINUTE).toISOString(),
    });
    await turn(10 * MINUTE);
    expect((await copies()).items).toHaveLength(3);
    expect((await acknowledge(copy?.id ?? 0, as)).text).toContain(`"id":${id},`);
    expect(await statusOf(copy?.id ?? 0)).toMatchObject({ id, settled: true, escalations: 2, nextEscalation: null });
    await turn(20 * MINUTE);
    expect((await copies()).items).toHaveLength(3);
  });

  test("goes from channel to channel, and stays at the last, for everyone who reads them", async () => {
    const { ops, oncall, boss, as } = await makeWorld();
    const { id } = await publish({ channel: ops, ack: "anyone", escalate: { after: "1m", to: [oncall, boss] } });
    for (let minute = 0; minute < 3; minute += 1) await turn(MINUTE);
    expect(await idsOf(ops)).toEqual([id]);
    const [copy, ...others] = await stored(oncall);
    expect(others).toEqual([]);
    expect(copy).toMatchObject({ channel: oncall, original: id, message: "Disk full", ack: "anyone" });
    expect(copy).not.toHaveProperty("to");
    expect(await stored(boss)).toMatchObject([{ original: id }, { original: id }]);
    const { promise: told, resolve } = Promise.withResolvers<number>();
    const { promise: connected, resolve: connect } = Promise.withResolvers<unknown>();
    hub.subscribe(
      { channels: [boss] },
      {
        onNotification: () => undefined,
        onConnected: connect,
        onAcknowledged: ({ acknowledged }) => resolve(acknowledged),
      },
    );
    await connected;
    await acknowledge(copy?.id ?? 0, as);
    expect(await told, "who shows a copy learns it").toBe(id);
    await turn(MINUTE);
    expect(await stored(boss)).toHaveLength(2);
  });

  test("by everyone goes on until the last has", async () => {
    const { ops, ann, as } = await makeWorld();
    const { id } = await publish({
      channel: ops,
      to: ["admin", ann],
      ack: "everyone",
      escalate: { after: "1m" },
    });
    await acknowledge(id, as);
    await turn(MINUTE);
    expect(await copiesIn(ops)).toBe(1);
    await acknowledge(id, admin);
    expect(await statusOf(id)).toMatchObject({ settled: true, escalations: 1, nextEscalation: null });
    await turn(MINUTE);
    expect(await copiesIn(ops)).toBe(1);
  });

  test("by everyone ends where who is missing is disabled", async () => {
    const { ops, ann, as } = await makeWorld();
    const { id } = await publish({
      channel: ops,
      to: ["admin", ann],
      ack: "everyone",
      escalate: { after: "1m" },
    });
    await acknowledge(id, admin);
    await mutate(server, "users.disable", { id: ann }, admin);
    await turn(MINUTE);
    expect(await copiesIn(ops)).toBe(0);
    expect((await acknowledge(id, as)).status).toBe(401);
  });

  test("ends when it is removed, and when it has expired", async () => {
    const { ops, oncall } = await makeWorld();
    const escalate = { after: "1m", to: oncall };
    const removed = await publish({ channel: ops, ack: "anyone", escalate });
    await publish({ channel: ops, ack: "anyone", expiresAt: "+90s", escalate });
    await turn(MINUTE);
    const copies = await stored(oncall);
    expect(copies).toHaveLength(2);
    expect(copies[1]).toHaveProperty("expiresAt");
    expect((await mutate(server, "notifications.remove", { id: removed.id }, admin)).status).toBe(200);
    await turn(MINUTE);
    expect((await stored(oncall)).filter(({ event }) => event === "notification")).toEqual([]);
  });

  test("while the hub slept through several times is sent once, and goes on from there", async () => {
    const { ops, oncall } = await makeWorld();
    await publish({ channel: ops, ack: "anyone", escalate: { after: "1m", to: oncall } });
    await turn(30 * MINUTE);
    expect(await stored(oncall)).toHaveLength(1);
    await turn(MINUTE);
    expect(await stored(oncall)).toHaveLength(2);
  });
});

describe("the right to publish to a channel is asked again when it is its turn", () => {
  const grant = (channel: string, ann: string, what: "grant" | "revoke" = "grant") =>
    mutate(server, `channels.${what}`, { channel, permission: "publish", audience: "user", userId: ann }, admin);
  const skips = async (id: number): Promise<string[]> => {
    const { data } = await query<{ items: { target: string; after: { reason: string; channel: string } }[] }>(
      server,
      "audit.list",
      { action: "escalation.skip" },
      admin,
    );
    return data.items.filter(({ target }) => target.endsWith(` #${id}`)).map(({ after }) => after.reason);
  };

  test("and without it the step is passed over, and the next one's taken", async () => {
    const { ops, oncall, boss, ann, as } = await makeWorld();
    for (const channel of [ops, oncall, boss]) await grant(channel, ann);
    const draft = { channel: ops, message: "m", ack: "anyone", escalate: { after: "1m", to: [oncall, boss] } };
    const { data } = await mutate<Notification>(server, "notifications.publish", draft, as);
    await grant(oncall, ann, "revoke");
    await turn(MINUTE);
    await expect.poll(() => idsOf(boss), SOON).toHaveLength(1);
    expect(await idsOf(oncall)).toEqual([]);
    expect(await skips(data.id)).toEqual([`its sender may not publish to channel "${oncall}" any more`]);
    await grant(boss, ann, "revoke");
    await turn(MINUTE);
    await expect.poll(async () => (await statusOf(data.id)).nextEscalation, SOON).toBeNull();
    expect(await idsOf(boss)).toHaveLength(1);
    expect(await skips(data.id)).toHaveLength(2);
  });

  test("of a user of another application, by what the JWT allowed; and of what was scheduled", async () => {
    const { ops, oncall } = await makeWorld();
    const exp = clock.now() / 1_000 + 600;
    const jo = await signJwt({ sub: "jo", exp, belfry: { publish: [ops, oncall] } });
    const draft = { channel: ops, message: "m", ack: "anyone", escalate: { after: "1m", to: oncall } };
    for (const deliverAt of [undefined, "+30s"]) {
      expect((await mutate(server, "notifications.publish", { ...draft, deliverAt }, jo)).status).toBe(200);
    }
    await turn(30_000);
    await expect.poll(() => idsOf(ops), SOON).toHaveLength(2);
    await turn(MINUTE);
    await expect.poll(() => idsOf(oncall), SOON).toHaveLength(2);
    await mutate(server, "users.disable", { id: "jo" }, admin);
    await turn(MINUTE);
    const [first = 0] = await idsOf(ops);
    await expect.poll(() => skips(first), SOON).toEqual(["its sender is disabled"]);
    expect(await idsOf(oncall)).toHaveLength(2);
  });
});

describe("publishing with escalate", () => {
  test("needs the right to publish to each of its channels", async () => {
    const { ops, oncall, ann, as } = await makeWorld();
    await mutate(
      server,
      "channels.grant",
      { channel: ops, permission: "publish", audience: "user", userId: ann },
      admin,
    );
    const draft = { channel: ops, message: "m", ack: "anyone" };
    const send = (to: string) =>
      mutate(server, "notifications.publish", { ...draft, escalate: { after: "1m", to } }, as);
    expect(await send(oncall)).toMatchObject({
      status: 403,
      text: expect.stringContaining("with escalate: you have no publish permission"),
    });
    expect(await send("nowhere")).toMatchObject({ status: 404, text: expect.stringContaining("there is no channel") });
    await mutate(
      server,
      "channels.grant",
      { channel: oncall, permission: "publish", audience: "user", userId: ann },
      admin,
    );
    expect((await send(oncall)).status).toBe(200);
    expect(await stored(ops)).toHaveLength(1);
  });

  test.each([
    ["without ack", { escalate: { after: "1m" } }, /escalate needs ack/],
    [
      "to its own channel",
      { ack: "anyone", escalate: { after: "1m", to: ["general"] } },
      /general is the notification's own/,
    ],
    [
      "to those who are not whom it is addressed to",
      { to: "ann", ack: "anyone", escalate: { after: "1m", to: "boss" } },
      /escalate cannot name other channels together with to/,
    ],
    ["in a circle", { ack: "anyone", escalate: { after: "1m", to: ["a", "b", "a"] } }, /a comes twice/],
    ["at once", { ack: "anyone", escalate: { after: "1s" } }, /escalate\.after must be between 10s and 7d/],
    ["for the ephemeral", { ack: "anyone", escalate: { after: "1m" }, ephemeral: true }, /ephemeral/],
  ])("%s is refused, and nothing is stored", async (_, draft, reason) => {
    const before = server.storedIds();
    const { status, text } = await mutate(
      server,
      "notifications.publish",
      { channel: "general", message: "m", ...draft },
      admin,
    );
    expect(status).toBe(400);
    expect(text).toMatch(reason);
    expect(server.storedIds()).toEqual(before);
  });
});

test("an escalation survives SIGKILLs: each step is sent once, and after a long sleep one", {
  timeout: 90_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using own = createHub({ url: victim.url, token: TOKEN });
  const copies = async () => (await own.list({ channels: ["oncall"], limit: 100 })).items.toReversed();
  const count = async () => (await copies()).length;
  await own.trpc.channels.create.mutate({ name: "oncall" });
  const { id } = await own.publish({ message: "m", ack: "anyone", escalate: { after: "10m", to: "oncall" } });

  for (let step = 1; step <= 4; step += 1) {
    victim.turn(10 * MINUTE);
    // Killed at another moment each time: before it looks, or while it writes, and after.
    if (step % 2 === 0) await expect.poll(count, SOON).toBe(step);
    await victim.crash();
    await expect.poll(count, SOON).toBe(step);
  }
  await victim.crash({ later: 100 * MINUTE });
  await expect.poll(count, SOON).toBe(5);
  victim.turn(10 * MINUTE);
  await expect.poll(count, SOON).toBe(6);
  const sent = await copies();
  expect(sent.every(({ original }) => original === id)).toBe(true);
  expect(await own.status(id)).toMatchObject({ escalations: 6, settled: false });
});
