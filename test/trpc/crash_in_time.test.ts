/** What time brings, across SIGKILLs of a server whose clock is turned: each once, in order, nothing that is over. */
import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createHub, type Gap, type Hub, type Notification, type Removed } from "../../web/client/mod.ts";
import { JWT_SECRET, signJwt } from "../_people.ts";
import { TOKEN } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";
import { Victim } from "../_victim.ts";

const HOUR = 3_600_000;
const PATIENCE = { timeout: 30_000, interval: 20 };

/** Everything that a follower is given. */
function follow(hub: Hub, { channels, after }: { channels?: string[]; after?: string } = {}) {
  const received: Notification[] = [];
  const removed: Removed[] = [];
  const gaps: Gap[] = [];
  const errors: unknown[] = [];
  const { promise: connected, resolve } = Promise.withResolvers<unknown>();
  const subscription = hub.subscribe(
    { ...(channels && { channels }), ...(after !== undefined && { lastEventId: after }) },
    {
      onNotification: (notification) => received.push(notification),
      onRemoved: (removal) => removed.push(removal),
      onGap: (gap) => gaps.push(gap),
      onError: (error) => errors.push(error),
      onConnected: resolve,
    },
  );
  return { received, removed, gaps, errors, connected, subscription };
}

/** Does each with some at once. */
async function inLanes<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

function readIds(folder: string, sql = "SELECT id FROM notifications ORDER BY id"): number[] {
  using db = openDatabase(folder, { readonly: true });
  return db.sqlite.prepare(sql).pluck().all() as number[];
}

test("what is scheduled is delivered once and in order, through SIGKILLs in the midst of it and a sleep beyond its time", {
  timeout: 120_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using hub = createHub({ url: victim.url, token: TOKEN });
  const { received, gaps, errors, connected } = follow(hub);
  await connected;
  const count = 1_500;
  const start = victim.now() + HOUR;
  // Given in another order than that of their times; some are due at the same time.
  const times = Array.from({ length: count }, (_, n) => ((n * 7_919) % count) >> 1);
  await inLanes(times, (at) => hub.publish({ message: `${at}`, deliverAt: start + at * 1_000 }));
  expect(received).toEqual([]);

  // A third while it runs, killed in the midst; a third is due while it is down; the rest afterwards.
  victim.turn(HOUR + (count / 6) * 1_000);
  await expect.poll(() => received.length, PATIENCE).toBeGreaterThan(20);
  await victim.crash({ later: (count / 6) * 1_000 });
  await expect.poll(() => received.length, PATIENCE).toBeGreaterThan(count / 2);
  await victim.crash();
  victim.turn(HOUR);
  await expect.poll(() => received.length, PATIENCE).toBeGreaterThan(count - 100);
  await victim.crash();
  await expect.poll(() => received.length, PATIENCE).toBeGreaterThanOrEqual(count);

  const delivered = received.map(({ message }) => Number(message));
  expect(delivered, "each once, in the order of their times").toEqual(times.toSorted((a, b) => a - b));
  const ids = received.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  expect((await hub.trpc.notifications.scheduled.query()).items).toEqual([]);
  expect([gaps, errors]).toEqual([[], []]);
});

test("what counts once is stored once, however often its publisher tries through SIGKILLs, until a day has passed", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using hub = createHub({ url: victim.url, token: TOKEN });
  const answers: Notification[] = [];
  let crash: Promise<void> = Promise.resolve();
  const wanted = Array.from({ length: 400 }, (_, n) => `${n}`);
  await inLanes(wanted, async (message) => {
    for (;;) {
      try {
        answers.push(await hub.publish({ message, idempotencyKey: message }));
        if (answers.length % 100 === 50) crash = crash.then(() => victim.crash());
        return;
      } catch {
        await victim.up;
      }
    }
  });
  await crash;
  const stored = await hub.list({ limit: 500 });
  expect(stored.items.map(({ message }) => message).toSorted()).toEqual(wanted.toSorted());
  const again = await Promise.all(
    wanted.slice(0, 20).map((message) => hub.publish({ message, idempotencyKey: message })),
  );
  for (const { deduplicated, ...first } of again) {
    expect(deduplicated).toBe(true);
    const { deduplicated: _, ...answer } = answers.find(({ id }) => id === first.id) as Notification & {
      deduplicated?: true;
    };
    expect(answer).toEqual(first);
  }
  await victim.crash({ later: 24 * HOUR });
  const later = await hub.publish({ message: "0", idempotencyKey: "0" });
  expect(later).not.toHaveProperty("deduplicated");
  expect(later.id).toBeGreaterThan(Math.max(...answers.map(({ id }) => id)));
});

test("what expires while the server is down is given to nobody, and deleted; a removal that was answered stays", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using hub = createHub({ url: victim.url, token: TOKEN });
  const first = await hub.publish({ message: "first" });
  await hub.publish({ message: "passing", expiresAt: "+1h" });
  const wrong = await hub.publish({ message: "wrong" });
  const last = await hub.publish({ message: "last", expiresAt: "+10h" });
  const removal = await hub.trpc.notifications.remove.mutate({ id: wrong.id });
  await victim.crash({ later: 2 * HOUR });
  const { received, removed, gaps } = follow(hub, { after: "0" });
  await expect.poll(() => removed, PATIENCE).toEqual([removal]);
  expect(received).toEqual([first, last]);
  expect(gaps).toEqual([]);
  await expect.poll(() => readIds(folder.path), PATIENCE).toEqual([first.id, last.id, removal.id]);
  expect((await hub.list()).items.map(({ id }) => id)).toEqual([last.id, first.id]);
});

test("what is too old is deleted although the server is killed in the midst of it; readers are told once", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using hub = createHub({ url: victim.url, token: TOKEN });
  await hub.trpc.channels.create.mutate({ name: "short", retention: { days: 1 } });
  const old: Notification[] = [];
  await inLanes(Array.from({ length: 3_000 }), async () =>
    old.push(await hub.publish({ channel: "short", message: "old" })),
  );
  const other = await hub.publish({ message: "other" });
  victim.turn(HOUR);
  const young = await hub.publish({ channel: "short", message: "young" });
  victim.turn(23.5 * HOUR);
  const left = () => readIds(folder.path).length;
  await expect.poll(left, { timeout: 30_000, interval: 1 }).toBeLessThan(3_002);
  await victim.crash();
  const rest = left();
  expect(rest, "it was killed in the midst of it").toBeGreaterThan(2);

  const { received, gaps } = follow(hub, { after: "0" });
  await expect.poll(() => received.at(-1)?.id, PATIENCE).toBe(young.id);
  const ids = received.map(({ id }) => id);
  expect(ids, "in order, none twice").toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  expect(ids.slice(-2)).toEqual([other.id, young.id]);
  expect(gaps.length).toBeGreaterThanOrEqual(1);
  expect(gaps.map(({ trimmed = 0 }) => trimmed)).toEqual(
    [...new Set(gaps.map(({ trimmed = 0 }) => trimmed))].toSorted((a, b) => a - b),
  );
  await expect.poll(left, PATIENCE).toBe(2);
  const newest = Math.max(...old.map(({ id }) => id));
  const later = follow(hub, { channels: ["short"], after: "0" });
  await expect.poll(() => later.received, PATIENCE).toEqual([young]);
  expect(later.gaps).toMatchObject([{ reason: "trimmed", trimmed: newest, oldest: young.id }]);
});

test("quiet hours hold back the same live and afterwards, through a SIGKILL in the night of a change of the clocks", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path, { BELFRY_JWT_SECRET: JWT_SECRET });
  using hub = createHub({ url: victim.url, token: TOKEN });
  const { authorization = "" } = await signJwt({ sub: "ann" });
  using ann = createHub({ url: victim.url, token: authorization.slice("Bearer ".length) });
  await ann.preferences.set({ quietHours: { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" } });
  const { cursor } = await hub.publish({ message: "long before" });
  const live = follow(ann);
  await live.connected;
  // In this night, summer time begins: 22:00 in Berlin is 21:00 of UTC, and 07:00 is 05:00.
  const at = async (time: string, message: string) => {
    victim.turn(Date.parse(time) - victim.now());
    await hub.publish({ message });
    await hub.publish({ message: `${message}, critical`, severity: "critical" });
  };
  await at("2032-03-27T20:55:00Z", "evening");
  await at("2032-03-27T21:05:00Z", "night");
  await expect.poll(() => live.received.length, PATIENCE).toBe(3);
  await victim.crash({ later: 8 * HOUR - 15 * 60_000 });
  await at("2032-03-28T04:55:00Z", "early");
  await at("2032-03-28T05:05:00Z", "morning");
  const shown = ["evening", "evening, critical", "night, critical", "early, critical", "morning", "morning, critical"];
  const messages = (received: readonly Notification[]) => received.map(({ message }) => message);
  await expect.poll(() => messages(live.received), PATIENCE).toEqual(shown);
  const resumed = follow(ann, { after: cursor });
  await expect.poll(() => messages(resumed.received), PATIENCE).toEqual(shown);
  expect([live.errors, resumed.errors, live.gaps, resumed.gaps]).toEqual([[], [], [], []]);
});
