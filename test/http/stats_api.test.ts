import { expect, test } from "vitest";
import type { UsageHistory } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeUser, mutate, query, signIn } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse } from "../_sse.ts";
import { makeTempFolder } from "../_temp.ts";

const HOUR = 3_600_000;
const HISTORY = "/api/stats/history";

async function read(server: TestServer, search = "", headers?: Credential): Promise<UsageHistory> {
  const path = `${HISTORY}?${search}`;
  const response = await (headers ? fetch(server.url + path, { headers }) : server.fetch(path));
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as UsageHistory;
}

/** The sums of a series. */
function totals({ series }: UsageHistory, name: string | null = null) {
  const points = series.find((one) => one.name === name)?.points ?? [];
  const sum = (of: "published" | "delivered" | "read" | "acknowledged") =>
    points.reduce((all, point) => all + point[of], 0);
  return {
    published: sum("published"),
    delivered: sum("delivered"),
    read: sum("read"),
    acknowledged: sum("acknowledged"),
  };
}

const published = async (server: TestServer, search = "") => totals(await read(server, search)).published;

test("what is published, delivered, read and acknowledged is counted by hour, channel and type, across a restart", async () => {
  using folder = makeTempFolder();
  const clock = createClock();
  const start = clock.now();
  const options = { folder: folder.path, now: clock.now };
  {
    await using server = await startTestServer({ ...options, channels: ["ops"] });
    const admin = { cookie: await signInAdmin(server) };
    const ann = await makeUser(server, admin, { id: "ann" });
    using stream = await openSse(`${server.url}/api/notifications/stream`, { headers: ann });
    await stream.take(2);
    const one = await server.publish({ message: "one", type: "backup" });
    const two = await server.publish({ message: "two", type: "backup" });
    clock.advance(HOUR);
    const three = await server.publish({ channel: "ops", message: "three", severity: "critical", ack: "anyone" });
    await server.publish({ message: "four", type: "backup", ephemeral: true }).catch(() => undefined);
    await server.publish({ channel: "ops", message: "for Bob", to: "bob" });
    for (const { id } of [one, two, three]) expect(await nextNotification(stream)).toMatchObject({ id });
    using late = await openSse(`${server.url}/api/notifications/stream?lastEventId=${one.cursor}`, { headers: ann });
    for (const { id } of [two, three]) expect(await nextNotification(late)).toMatchObject({ id });
    await mutate(server, "notifications.markRead", { ids: [one.id, two.id, three.id] }, ann);
    await mutate(server, "notifications.markRead", { ids: [one.id] }, ann);
    await mutate(server, "notifications.acknowledge", { id: three.id }, ann);
    await mutate(server, "notifications.acknowledge", { id: three.id }, ann);
    await expect.poll(() => published(server)).toBe(4);
  }
  await using server = await startTestServer(options);
  const hours = await read(server, `step=hour&from=${start}&until=${start + 2 * HOUR}`);
  expect(hours).toMatchObject({ from: new Date(start).toISOString(), until: new Date(start + 2 * HOUR).toISOString() });
  expect(hours.series).toHaveLength(1);
  const [first, second] = hours.series[0]?.points ?? [];
  expect(first).toEqual({
    ...{ at: new Date(start).toISOString(), published: 2, delivered: 0, read: 0, acknowledged: 0, medianReadMs: null },
  });
  // Each counts when it happens: what was delivered is stored at the end, what was published before is read now.
  expect(second).toMatchObject({ published: 2, delivered: 5, read: 3, acknowledged: 1 });
  expect(second?.medianReadMs).toBeGreaterThan(HOUR * 0.8);
  expect(second?.medianReadMs).toBeLessThan(HOUR * 1.2);

  const day = await read(server, "by=channel");
  expect(day.series.map(({ name }) => name)).toEqual(expect.arrayContaining(["general", "ops"]));
  expect(totals(day, "general")).toEqual({ published: 2, delivered: 3, read: 2, acknowledged: 0 });
  expect(totals(day, "ops")).toEqual({ published: 2, delivered: 2, read: 1, acknowledged: 1 });
  expect(totals(await read(server, "by=type"), "backup")).toEqual({
    published: 2,
    delivered: 3,
    read: 2,
    acknowledged: 0,
  });
  expect(await published(server, "types=backup&channels=ops")).toBe(0);
  expect(await published(server, "types=notification,backup&channels=ops,general")).toBe(4);
  const typed = await query<UsageHistory>(server, "stats.history", { by: "type" }, await signIn(server, "admin"));
  expect(typed.data).toEqual(await read(server, "by=type"));
});

test("reading all counts what was not read, by type as long as it is few, and only what the user may read", async () => {
  const clock = createClock();
  await using server = await startTestServer({ now: clock.now, channels: ["ops", "vault"] });
  const admin = { cookie: await signInAdmin(server) };
  const ann = await makeUser(server, admin, { id: "ann" });
  await mutate(server, "channels.revoke", { channel: "vault", permission: "read", audience: "everyone" }, admin);
  const publish = (count: number, draft: object) =>
    Promise.all(Array.from({ length: count }, () => server.publish({ message: "m", ...draft })));
  await publish(3, { type: "few" });
  await publish(2, { channel: "vault" });
  await publish(1, { channel: "ops", to: "bob" });
  const readAll = (input = {}) => mutate(server, "notifications.markAllRead", input, ann);
  await readAll();
  await readAll();
  expect(totals(await read(server, "by=type"), "few").read).toBe(3);
  expect(totals(await read(server)).read).toBe(3);
  await publish(1_001, { type: "many" });
  await publish(1, { channel: "ops" });
  await readAll();
  expect(totals(await read(server, "by=channel"), "general").read).toBe(1_004);
  expect(totals(await read(server, "by=channel"), "ops").read).toBe(1);
  expect(totals(await read(server, "by=channel"), "vault").read).toBe(0);
  expect(totals(await read(server, "by=type"), "many").read, "too many to look at each").toBe(0);
  const halves = (await publish(300, { type: "half" })).map(({ id }) => id).toSorted((a, b) => a - b);
  await readAll({ through: halves[199] });
  expect(totals(await read(server, "by=channel"), "general").read, "only those up to there").toBe(1_204);
  await readAll();
  expect(totals(await read(server, "by=channel"), "general").read).toBe(1_304);
  expect(totals(await read(server, "by=type"), "half").read, "the last hundred").toBe(100);
});

test("who manages channels sees these and no others", async () => {
  await using server = await startTestServer({ channels: ["ops"] });
  const admin = { cookie: await signInAdmin(server) };
  const ann = await makeUser(server, admin, { id: "ann" });
  await server.publish({ message: "general" });
  await server.publish({ channel: "ops", message: "ops" });
  await expect.poll(() => published(server)).toBe(2);
  await expect(read(server, "", ann)).rejects.toThrow(/^403: .*only admins may, and those who manage a channel/);
  await mutate(
    server,
    "channels.grant",
    { channel: "ops", permission: "manage", audience: "user", userId: "ann" },
    admin,
  );
  expect(totals(await read(server, "", ann)).published).toBe(1);
  expect((await read(server, "by=channel", ann)).series.map(({ name }) => name)).toEqual(["ops"]);
  await expect(read(server, "channels=ops,general", ann)).rejects.toThrow(/^403: .*channel ..general/);
  await expect(read(server, "channels=nowhere", admin)).rejects.toThrow(/^404/);
});

test.each([
  ["step=week", "step"],
  ["from=yesterday", "from"],
  [`from=${Date.UTC(2031, 0)}&until=${Date.UTC(2030, 0)}`, "earlier than until"],
  [`from=${Date.UTC(2020, 0)}&until=${Date.UTC(2030, 0)}`, "at most 400 days"],
  [`step=hour&from=${Date.UTC(2029, 0)}&until=${Date.UTC(2030, 0)}`, "at most 2400 hours"],
  ["by=user", "by"],
  ["channels=", "channels"],
  ["colour=red", "colour"],
])("refuses ?%s by name", async (search, words) => {
  await using server = await startTestServer();
  await expect(read(server, search)).rejects.toThrow(new RegExp(`^400: .*Cannot read the statistics: .*${words}`));
});

test("what was removed before it was counted is counted all the same; what is older than 400 days is not kept", async () => {
  using folder = makeTempFolder();
  const clock = createClock();
  const start = clock.now();
  const old = `from=${start}&until=${start + HOUR}`;
  /** A run of the server in which something is delivered, which is stored at its end. */
  const run = async (use: (server: TestServer) => Promise<void>) => {
    await using server = await startTestServer({ folder: folder.path, now: clock.now });
    await use(server);
    const headers = { authorization: `Bearer ${TOKEN}` };
    using stream = await openSse(`${server.url}/api/notifications/stream`, { headers });
    await stream.take(2);
    await server.publish({ message: "today" });
    await nextNotification(stream);
  };
  await run(async (server) => {
    const { id } = await server.publish({ message: "soon gone", type: "gone" });
    expect((await server.mutate("notifications.remove", { id })).status).toBe(200);
    expect(await published(server, `${old}&types=gone`)).toBe(1);
  });
  clock.advance(400 * 24 * HOUR);
  await run((server) => expect.poll(() => published(server, old)).toBe(2));
  await run((server) => expect.poll(() => published(server, old)).toBe(2));
  clock.advance(HOUR);
  await run((server) => expect.poll(() => published(server, old)).toBe(2));
  await run((server) => expect.poll(() => published(server, old)).toBe(0));
});
