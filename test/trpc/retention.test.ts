/** How much of a channel is kept: through REST, tRPC and the stream, with a clock that is turned. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import type { Notification } from "../../server/rules/notification.ts";
import type { Gap } from "../../server/rules/stream_item.ts";
import type { ChannelView } from "../../server/trpc/channels.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse } from "../_sse.ts";

const DAY = 86_400_000;
const AUTH = { authorization: `Bearer ${TOKEN}` };
const clock = createClock();
let server: TestServer;
/** Does not run out, as a session does while the clock is turned. */
const admin: Credential = AUTH;
let max: Credential;

beforeAll(async () => {
  server = await startTestServer({ now: clock.now });
  max = await makeUser(server, admin, { id: "max" });
});
afterAll(() => server[Symbol.asyncDispose]());

let made = 0;
/** Makes a channel of its own that `max` manages. */
async function makeChannel(retention?: unknown): Promise<string> {
  made += 1;
  const name = `channel-${made}`;
  const { status, text } = await mutate(
    server,
    "channels.create",
    { name, ...(retention !== undefined && { retention }) },
    admin,
  );
  expect(status, text).toBe(200);
  const grant = { channel: name, permission: "manage", audience: "user", userId: "max" };
  expect((await mutate(server, "channels.grant", grant, admin)).status).toBe(200);
  return name;
}

const publishMany = (channel: string, count: number): Promise<Notification[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => server.publish({ channel, message: `${n}` })));
const idsOf = (notifications: readonly Notification[]) => notifications.map(({ id }) => id).toSorted((a, b) => a - b);
/** What the database file has of a channel. */
function storedIn(channel: string): number[] {
  using db = openDatabase(server.folder, { readonly: true });
  return db.sqlite
    .prepare("SELECT id FROM notifications WHERE channel_id = (SELECT id FROM channels WHERE name = ?) ORDER BY id")
    .pluck()
    .all(channel) as number[];
}
const untilStored = (channel: string, ids: readonly number[]) =>
  expect.poll(() => storedIn(channel), { timeout: 10_000 }).toEqual(ids);

/** What a plain stream of channels gives from a cursor up to an id. */
async function read(channels: readonly string[], { after, through }: { after: number; through: number }) {
  using stream = await openSse(`${server.url}/api/notifications/stream?channels=${channels}&lastEventId=${after}`, {
    headers: AUTH,
  });
  const gaps: Gap[] = [];
  const ids: number[] = [];
  while (ids.at(-1) !== through) {
    const { event, data } = await stream.next();
    if (event === "gap") gaps.push(JSON.parse(data) as Gap);
    if (event === "notification") ids.push((JSON.parse(data) as Notification).id);
  }
  return { gaps, ids };
}

describe("channels.create and .update", () => {
  test("a new channel keeps 90 days, and so does the first one; a list says what each keeps", async () => {
    const plain = await makeChannel();
    const kept = await makeChannel({ days: 7, count: 1_000 });
    const forever = await makeChannel("forever");
    const { data } = await query<ChannelView[]>(server, "channels.list", undefined, admin);
    const retentionOf = (name: string) => data.find((channel) => channel.name === name)?.retention;
    expect(["general", plain, kept, forever].map(retentionOf)).toEqual([
      { days: 90 },
      { days: 90 },
      { days: 7, count: 1_000 },
      "forever",
    ]);
  });

  test("update is for whoever manages the channel, says what it changes, and is in the audit trail", async () => {
    const name = await makeChannel();
    const anybody = await makeUser(server, admin, { id: `anybody-${made}` });
    const refused = await mutate(server, "channels.update", { name, retention: "forever" }, anybody);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("no manage permission")]);
    const changed = await mutate<ChannelView>(
      server,
      "channels.update",
      { name, description: "d", retention: { days: 1 } },
      max,
    );
    expect(changed.data).toMatchObject({ name, description: "d", retention: { days: 1 } });
    const again = await mutate<ChannelView>(server, "channels.update", { name, retention: "forever" }, max);
    expect(again.data).toMatchObject({ description: "d", retention: "forever" });
    const { data } = await query<{ items: object[] }>(
      server,
      "audit.list",
      { action: "channel.update", target: name },
      admin,
    );
    expect(data.items).toMatchObject([
      { actor: "max", before: { retentionDays: 1 }, after: { retentionDays: null, retentionCount: null } },
      { before: { description: "", retentionDays: 90 }, after: { description: "d", retentionDays: 1 } },
    ]);
  });

  test.each([
    [{ days: 0 }, /retention.days must be at least 1/],
    [{ days: 1.5 }, /whole numbers, one of them or both/],
    [{ count: 0 }, /retention.count must be at least 1/],
    [{}, /must name days or count, or be forever/],
    ["never", /must be \\"forever\\", or \{days, count\}/],
    [{ weeks: 1 }, /retention/],
  ])("a retention of %j is refused", async (retention, words) => {
    const { status, text } = await mutate(server, "channels.update", { name: "general", retention }, admin);
    expect([status, text]).toEqual([400, expect.stringMatching(words)]);
    expect((await mutate(server, "channels.create", { name: "bad", retention }, admin)).status).toBe(400);
  });

  test("update without a change, or of no channel, is refused", async () => {
    expect((await mutate(server, "channels.update", { name: "general" }, admin)).status).toBe(400);
    expect((await mutate(server, "channels.update", { name: "missing", description: "" }, admin)).status).toBe(404);
  });
});

describe("retention by days", () => {
  test("deletes what is older, keeps what is not, and tells a reader with an old cursor once", async () => {
    const channel = await makeChannel({ days: 30 });
    const other = await makeChannel("forever");
    const [old, oldOther] = [await publishMany(channel, 5), await publishMany(other, 3)];
    clock.advance(10 * DAY);
    const [young, youngOther] = [await publishMany(channel, 3), await publishMany(other, 2)];
    clock.advance(20 * DAY);
    const isStill = idsOf([...old, ...young]);
    expect(storedIn(channel), "as old as that is not older").toEqual(isStill);
    clock.advance(60_000);
    await untilStored(channel, idsOf(young));
    expect(storedIn(other)).toEqual(idsOf([...oldOther, ...youngOther]));

    const [oldest = 0, , , , trimmed = 0] = idsOf(old);
    const last = idsOf([...young, ...youngOther]).at(-1) ?? 0;
    const both = await read([channel, other], { after: oldest - 1, through: last });
    expect(both.ids).toEqual(idsOf([...oldOther, ...young, ...youngOther]));
    expect(both.gaps).toMatchObject([{ reason: "trimmed", trimmed, oldest: idsOf(oldOther)[0] }]);
    const one = await read([channel], { after: oldest - 1, through: idsOf(young).at(-1) ?? 0 });
    expect(one.gaps).toMatchObject([{ reason: "trimmed", trimmed, oldest: idsOf(young)[0] }]);
    expect((await read([other], { after: oldest - 1, through: last })).gaps).toEqual([]);
    expect((await read([channel], { after: trimmed, through: idsOf(young).at(-1) ?? 0 })).gaps).toEqual([]);
  });
});

describe("retention by count", () => {
  test("keeps the newest, also while more come in", async () => {
    const channel = await makeChannel({ count: 10 });
    const all: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      all.push(...idsOf(await publishMany(channel, 8)));
      await untilStored(channel, all.slice(-10));
    }
  });

  test("and by days together keeps what both allow", async () => {
    const channel = await makeChannel({ count: 4, days: 5 });
    const first = await publishMany(channel, 3);
    clock.advance(3 * DAY);
    const second = await publishMany(channel, 3);
    await untilStored(channel, [...idsOf(first).slice(-1), ...idsOf(second)]);
    clock.advance(3 * DAY);
    await untilStored(channel, idsOf(second));
  });

  test("that is lowered takes effect, and space is given back to the disk", async () => {
    const channel = await makeChannel("forever");
    const message = "x".repeat(16_000);
    await Promise.all(Array.from({ length: 600 }, () => server.publish({ channel, message })));
    const pages = () => {
      using db = openDatabase(server.folder, { readonly: true });
      return db.sqlite.pragma("page_count", { simple: true }) as number;
    };
    const before = pages();
    expect(before).toBeGreaterThan(2_000);
    const update = { name: channel, retention: { count: 2 } };
    expect((await mutate<ChannelView>(server, "channels.update", update, admin)).data).toMatchObject({
      retention: { count: 2 },
    });
    await expect.poll(() => storedIn(channel).length, { timeout: 10_000 }).toBe(2);
    await expect.poll(pages, { timeout: 10_000 }).toBeLessThan(before / 3);
  });

  test("goes on while publishers never stop", { timeout: 60_000 }, async () => {
    const channel = await makeChannel("forever");
    const busy = await makeChannel("forever");
    for (let round = 0; round < 3; round += 1) await publishMany(channel, 500);
    let isOver = false;
    const publisher = async () => {
      while (!isOver) await server.publish({ channel: busy, message: "more" });
    };
    const load = Promise.all(Array.from({ length: 16 }, publisher));
    await mutate(server, "channels.update", { name: channel, retention: { count: 1 } }, admin);
    await expect.poll(() => storedIn(channel).length, { timeout: 50_000 }).toBe(1);
    isOver = true;
    await load;
  });
});
