import { beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import type { LogRecord } from "../../db/event_log.ts";
import type { Filter } from "../../server/hub/filter.ts";
import { Wire } from "../../server/hub/frame.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import type { PositionedItem, Sink } from "../../server/hub/reader_home.ts";
import { createDraftSchema, type DraftInput } from "../../server/rules/draft.ts";
import { createTrpcFormat } from "../../server/trpc/wire.ts";
import { createClock } from "../_clock.ts";
import { SseSplitter } from "../_sse.ts";
import { EVERYTHING, fail, useTestLog } from "./_hub.ts";

const schema = createDraftSchema();

const clock = createClock(1_000);
const open = useTestLog(["a", "b"]);
let hub: Hub;
beforeEach(() => {
  hub = new Hub({ hasChannel: () => true, log: open.log, now: clock.now, onError: fail, ring: { capacity: 4 } });
  return () => hub[Symbol.dispose]();
});

const publish = (draft: DraftInput): Promise<LogRecord> => hub.publish(schema.parse(draft), "test");
const publishMany = (count: number, channel: string): Promise<LogRecord[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => publish({ channel, message: `${n}` })));
const cursorOf = ({ id }: LogRecord) => `${open.log.epoch}-${id}`;

/** The next items of a reader. */
async function take(items: AsyncIterator<PositionedItem>, count: number): Promise<PositionedItem[]> {
  const taken: PositionedItem[] = [];
  while (taken.length < count) {
    const { value, done } = await items.next();
    if (done) throw new Error(`it ended after ${taken.length} items`);
    taken.push(value);
  }
  return taken;
}

const idsOf = (items: readonly PositionedItem[]) => items.map(({ item }) => item.id);

/** Reads a reader up to the head. */
async function readUp(reader: Reader, count: number): Promise<PositionedItem[]> {
  const items = reader.items();
  const [connected] = await take(items, 1);
  expect(connected?.item.event).toBe("connected");
  const taken = await take(items, count);
  await items.return();
  return taken;
}

describe("Hub.open()", () => {
  test("resumes after a cursor and repeats nothing", async () => {
    const seen = await publish({ channel: "a", message: "seen" });
    await publish({ channel: "a", message: "missed" });
    const [missed] = await readUp(hub.open({ filter: EVERYTHING, after: cursorOf(seen) }), 1);
    expect(missed?.item).toMatchObject({ message: "missed", timestamp: "1970-01-01T00:00:01.000Z" });
  });

  test("reads what the ring has let go from the log, and the rest from the ring", async () => {
    const first = await publish({ channel: "a", message: "first" });
    const missed = await publishMany(1_000, "a");
    const items = await readUp(hub.open({ filter: EVERYTHING, after: cursorOf(first) }), 1_000);
    expect(idsOf(items)).toEqual(missed.map(({ id }) => id));
  });

  test("reads on without a gap or a repeat while others publish", async () => {
    const first = await publish({ channel: "a", message: "first" });
    const missed = await publishMany(600, "a");
    const items = hub.open({ filter: EVERYTHING, after: cursorOf(first) }).items();
    const begun = await take(items, 101);
    const more = publishMany(600, "a");
    const rest = await take(items, 1_100);
    expect(idsOf([...begun.slice(1), ...rest])).toEqual([...missed, ...(await more)].map(({ id }) => id));
    await items.return();
  });

  test("finds a quiet channel's notification behind ten thousand of another", async () => {
    const first = await publish({ channel: "b", message: "first" });
    const filter = { ...EVERYTHING, channels: new Set(["b"]) };
    await publishMany(10_000, "a");
    const quiet = await publish({ channel: "b", message: "quiet" });
    expect(idsOf(await readUp(hub.open({ filter, after: cursorOf(first) }), 1))).toEqual([quiet.id]);
  });

  test("refuses what is no cursor", () => {
    expect(() => hub.open({ filter: EVERYTHING, after: "yesterday" })).toThrow(RangeError);
  });

  test("after the hub has closed gives a reader that ends at once", async () => {
    hub[Symbol.dispose]();
    const seen: PositionedItem[] = [];
    for await (const each of hub.open({ filter: EVERYTHING }).items()) seen.push(each);
    expect(seen.length).toBeLessThanOrEqual(1);
  });
});

test("what is addressed to a person reaches that person's readers only", async () => {
  const users = [null, "ann", "bob", "null"] as const;
  const streams = users.map((user) => hub.open({ filter: { ...EVERYTHING, user } }).items());
  for (const stream of streams) await take(stream, 1);
  const toAnn = await publish({ channel: "a", message: "1", to: "ann" });
  const toNull = await publish({ channel: "a", message: "2", to: "null" });
  const toBoth = await publish({ channel: "a", message: "3", to: ["ann", "bob"] });
  const toAll = await publish({ channel: "a", message: "4" });
  const expected = [[toAll], [toAnn, toBoth, toAll], [toBoth, toAll], [toNull, toAll]];
  for (const [index, stream] of streams.entries()) {
    const wanted = (expected[index] ?? []).map(({ id }) => id);
    expect(idsOf(await take(stream, wanted.length))).toEqual(wanted);
    await stream.return();
  }
});

test("a reader that joins while the fan-out is busy gets each notification once, and nobody else's", async () => {
  const format = createTrpcFormat({});
  const wire = new Wire(format, { chunked: false });
  const sinks: Sink[] = [];
  /** A sink that keeps what it is given, and takes its time. */
  const attach = (filter: Filter, after: string | undefined, ms: number): string[] => {
    const ids: string[] = [];
    const splitter = new SseSplitter();
    const sink: Sink = {
      write: (bytes) => {
        for (const end = performance.now() + ms; performance.now() < end; );
        for (const { id, data } of splitter.push(Buffer.from(bytes).toString())) {
          if (id !== undefined && !data.includes('"clientId"')) ids.push(id);
        }
        return true;
      },
      end: () => undefined,
      destroy: () => undefined,
    };
    sinks.push(sink);
    hub.open({ filter, after }).stream(sink, wire);
    return ids;
  };
  // Thirty groups before ours, each served in a slice of its own.
  for (let n = 0; n < 30; n += 1) attach({ ...EVERYTHING, types: new Set(["notification", `t${n}`]) }, undefined, 5);
  const first = attach(EVERYTHING, undefined, 0);
  await expect.poll(() => hub.countReaders().live).toBe(31);
  const start = `${hub.head}`;
  const records = [
    await publish({ channel: "a", message: "1" }),
    await publish({ channel: "a", message: "2", to: "null" }),
  ];
  const late = ([null, "null", "ann"] as const).map((user) => attach({ ...EVERYTHING, user }, start, 0));
  await expect.poll(() => late.map((ids) => ids.length)).toEqual([1, 2, 1]);
  records.push(
    await publish({ channel: "a", message: "3", to: "null" }),
    await publish({ channel: "a", message: "4" }),
  );
  const all = records.map(cursorOf);
  const open = [records[0], records[3]].map((record) => record && cursorOf(record));
  await expect.poll(() => [first, ...late].every((ids) => ids.at(-1) === all[3]), { timeout: 5_000 }).toBe(true);
  expect(first).toEqual(open);
  expect(late).toEqual([open, all, open]);
});

test("Hub counts readers by what they do, and forgets those that are gone", async () => {
  expect(hub.countReaders()).toMatchObject({ open: 0 });
  const stop = new AbortController();
  const items = hub.open({ filter: EVERYTHING }).items(stop.signal);
  await take(items, 1);
  const next = items.next();
  await expect.poll(() => hub.countReaders()).toMatchObject({ open: 1, live: 1, catchingUp: 0, stalled: 0 });
  stop.abort();
  expect((await next).done).toBe(true);
  expect(hub.countReaders()).toMatchObject({ open: 0 });
});

test("items() of a signal that is aborted already gives nothing and leaves no reader behind", async () => {
  const items = hub.open({ filter: EVERYTHING }).items(AbortSignal.abort());
  expect((await items.next()).done).toBe(true);
  expect(hub.countReaders().open).toBe(0);
});

test("disposing the hub ends every reader", async () => {
  const streams = [1, 2, 3].map(() => hub.open({ filter: EVERYTHING }).items());
  for (const stream of streams) await take(stream, 1);
  const nexts = streams.map((stream) => stream.next());
  hub[Symbol.dispose]();
  for (const next of nexts) expect((await next).done).toBe(true);
});

test("a reader whose cursor was trimmed is told so, also when the trim was committed a moment ago", async () => {
  const first = await publish({ channel: "a", message: "first" });
  const [, , third, ...kept] = await publishMany(20, "a");
  const through = third?.id ?? 0;
  using eye = openDatabase(open.path, { readonly: true });
  const left = eye.sqlite.prepare("SELECT count(*) FROM notifications WHERE id <= ?").pluck();
  const reader = hub.open({ filter: EVERYTHING, after: cursorOf(first) }).items();
  await take(reader, 1);
  const trimmed = open.log.trim(through);
  await new Promise((resolve) => setImmediate(resolve));
  // The main thread is busy while the writer commits.
  for (const end = performance.now() + 5_000; left.get(through) !== 0 && performance.now() < end; );
  const items = await take(reader, kept.length);
  expect(items[0]?.item, "never skipped silently").toMatchObject({ event: "gap", reason: "trimmed" });
  expect(idsOf(items.slice(1))).toEqual(kept.slice(0, -1).map(({ id }) => id));
  await trimmed;
  await reader.return();
});

test("a reader that has everything is told of no gap when what it has is trimmed", async () => {
  const filter = { ...EVERYTHING, channels: new Set(["b"]) };
  const reader = hub.open({ filter }).items();
  await take(reader, 1);
  const waiting = reader.next();
  await expect.poll(() => hub.countReaders().live).toBe(1);
  await publishMany(20, "a");
  await open.log.trim(hub.head);
  const wanted = await publish({ channel: "b", message: "b" });
  expect((await waiting).value, "it was live: nothing of its channel was lost").toMatchObject({
    item: { id: wanted.id },
  });
  await reader.return();
});
