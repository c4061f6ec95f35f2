/** What a reader is not given any more: trimmed, removed, expired; from the ring, the log, and what is remembered. */
import { beforeEach, describe, expect, test } from "vitest";
import type { LogRecord } from "../../db/event_log.ts";
import { SSE_FORMAT } from "../../server/http/sse_format.ts";
import type { Filter } from "../../server/hub/filter.ts";
import { Wire } from "../../server/hub/frame.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { PositionedItem } from "../../server/hub/reader_home.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import type { Gap } from "../../server/rules/stream_item.ts";
import { createClock } from "../_clock.ts";
import { makeEntry } from "../_log.ts";
import { type SseEvent, SseSplitter } from "../_sse.ts";
import { EVERYTHING, fail, useTestLog } from "./_hub.ts";

const WIRE = new Wire(SSE_FORMAT, { chunked: false });
const clock = createClock();
const schema = createDraftSchema(undefined, clock.now);
const open = useTestLog(["a", "b"]);
const hubs: Hub[] = [];
beforeEach(() => () => {
  for (const hub of hubs.splice(0)) hub[Symbol.dispose]();
});

/** A hub that holds so many notifications in memory. */
function makeHub(capacity: number): Hub {
  const hub = new Hub({ hasChannel: () => true, log: open.log, now: clock.now, onError: fail, ring: { capacity } });
  hubs.push(hub);
  return hub;
}

const publish = (hub: Hub, channel: string, fields: object = {}): Promise<LogRecord> =>
  hub.publish(schema.parse({ channel, message: "m", ...fields }), "test");

async function remove({ id, channel }: LogRecord): Promise<void> {
  const tail = `${JSON.stringify({ channel, event: "removed", removed: id }).slice(1)}`;
  const entry = makeEntry(channel, { event: "removed", tail });
  await open.writer.execute({
    kind: "notification.remove",
    input: { actor: { id: "test" }, at: 0, id, reason: "", entry },
  });
}

/** What a plain stream was sent. */
function stream(hub: Hub, after: number, filter: Partial<Filter> = {}): SseEvent[] {
  const events: SseEvent[] = [];
  const splitter = new SseSplitter();
  const write = (bytes: Uint8Array) => {
    // Neither the opening nor heartbeats have a position.
    events.push(...splitter.push(Buffer.from(bytes).toString()).filter(({ id }) => id !== undefined));
    return true;
  };
  hub
    .open({ filter: { ...EVERYTHING, ...filter }, after: `${after}` })
    .stream({ write, end: () => undefined, destroy: () => undefined }, WIRE);
  return events;
}

const idOf = ({ id = "" }: SseEvent) => Number(id.split("-")[1]);
const notificationsOf = (events: readonly SseEvent[]) =>
  events.filter(({ event }) => event === "notification").map(idOf);
const gapsOf = (events: readonly SseEvent[]): Gap[] =>
  events.filter(({ event }) => event === "gap").map(({ data }) => JSON.parse(data) as Gap);

/** Waits until every reader of a hub is at its head. */
const settled = (hub: Hub) =>
  expect.poll(() => hub.countReaders()).toMatchObject({ catchingUp: 0, live: hub.countReaders().open });

/** The next items of a reader. */
async function take(items: AsyncIterator<PositionedItem>, count: number): Promise<PositionedItem[]> {
  const taken: PositionedItem[] = [];
  while (taken.length < count) taken.push((await items.next()).value);
  return taken;
}

describe("what was trimmed", () => {
  test.each([
    { capacity: 1, place: "the log" },
    { capacity: 10_000, place: "the ring" },
  ])("of one channel is told once, before what is kept of all, from $place", async ({ capacity }) => {
    const hub = makeHub(capacity);
    const start = hub.head;
    const records = await Promise.all(Array.from({ length: 1_200 }, (_, n) => publish(hub, n % 2 ? "a" : "b")));
    const ofA = records.filter(({ channel }) => channel === "a").map(({ id }) => id);
    const through = ofA[549] ?? 0;
    expect(await open.log.trim(through, { channel: "a" })).toBeGreaterThanOrEqual(550);
    const kept = records.map(({ id }) => id).filter((id) => id > through || !ofA.includes(id));

    const events = stream(hub, start);
    const items = hub.open({ filter: EVERYTHING, after: `${start}` }).items();
    const [connected, gap, ...rest] = await take(items, kept.length + 2);
    expect([connected?.item.event, gap?.item]).toMatchObject(["connected", { reason: "trimmed", trimmed: through }]);
    expect(rest.map(({ item }) => item.id)).toEqual(kept);
    await expect.poll(() => notificationsOf(events)).toEqual(kept);
    expect(gapsOf(events)).toMatchObject([{ reason: "trimmed", trimmed: through }]);
    expect(events[1]?.event).toBe("gap");

    // Who follows the other channel lost nothing; who follows this one goes on with its oldest.
    const onlyB = stream(hub, start, { channels: new Set(["b"]) });
    const onlyA = stream(hub, start, { channels: new Set(["a"]) });
    await expect.poll(() => notificationsOf(onlyA)).toEqual(ofA.filter((id) => id > through));
    expect(gapsOf(onlyA)).toMatchObject([{ oldest: ofA[550], resumed: `${open.log.epoch}-${through}` }]);
    await expect.poll(() => notificationsOf(onlyB)).toHaveLength(600);
    expect(gapsOf(onlyB)).toEqual([]);
    await items.return(undefined);
  });

  test("is no matter for whoever has seen it, or is live", async () => {
    const hub = makeHub(10_000);
    const first = await publish(hub, "a");
    const live = stream(hub, hub.head);
    await settled(hub);
    await open.log.trim(first.id);
    const next = await publish(hub, "a");
    const resumed = stream(hub, first.id);
    for (const events of [live, resumed]) {
      await expect.poll(() => notificationsOf(events)).toEqual([next.id]);
      expect(gapsOf(events)).toEqual([]);
    }
  });
});

describe.each([
  { capacity: 1, place: "the log" },
  { capacity: 10_000, place: "the ring" },
])("from $place", ({ capacity }) => {
  test("what was removed is not given again, also not from a page that others were given", async () => {
    const hub = makeHub(capacity);
    const start = hub.head;
    const [first, second, third] = [await publish(hub, "a"), await publish(hub, "a"), await publish(hub, "a")];
    const before = stream(hub, start);
    await expect.poll(() => notificationsOf(before)).toEqual([first.id, second.id, third.id]);
    await remove(second);
    const after = stream(hub, start);
    await expect
      .poll(() => after.map(({ event }) => event))
      .toEqual(["connected", "notification", "notification", "removed"]);
    expect(notificationsOf(after)).toEqual([first.id, third.id]);
    // Who has it is told, with what comes next in the log.
    await expect.poll(() => before.at(-1)).toMatchObject({ event: "removed", data: after.at(-1)?.data });
    expect(gapsOf(after)).toEqual([]);
  });

  test("what was removed is not given by a page in hand", async () => {
    const hub = makeHub(capacity);
    const items = hub.open({ filter: EVERYTHING, after: `${hub.head}` }).items();
    const [first, second, third] = [await publish(hub, "a"), await publish(hub, "a"), await publish(hub, "a")];
    expect((await take(items, 2)).at(-1)?.item.id).toBe(first.id);
    await remove(second);
    const rest = await take(items, 2);
    expect(rest.map(({ item }) => item)).toMatchObject([{ id: third.id }, { event: "removed", removed: second.id }]);
    await items.return(undefined);
  });

  test("what has expired is not given again, also not by a page that is remembered or in hand", async () => {
    const hub = makeHub(capacity);
    const start = hub.head;
    const items = hub.open({ filter: EVERYTHING, after: `${start}` }).items();
    const first = await publish(hub, "a");
    const second = await publish(hub, "a", { expiresAt: "+10m" });
    const third = await publish(hub, "a", { expiresAt: "+20m" });
    const before = stream(hub, start);
    await expect.poll(() => notificationsOf(before)).toEqual([first.id, second.id, third.id]);
    await take(items, 2);
    clock.advance(599_999);
    const still = stream(hub, start);
    await expect.poll(() => notificationsOf(still)).toEqual([first.id, second.id, third.id]);
    clock.advance(1);
    const after = stream(hub, start);
    await expect.poll(() => notificationsOf(after)).toEqual([first.id, third.id]);
    expect((await take(items, 1))[0]?.item.id).toBe(third.id);
    expect(gapsOf(after)).toEqual([]);
    await items.return(undefined);
  });
});
