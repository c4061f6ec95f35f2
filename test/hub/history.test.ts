import { expect, test } from "vitest";
import { type HistoryInput, historyFilter, type ListInput, listInput } from "../../server/rules/history.ts";
import { openHistory } from "./_history.ts";

const ask = (input: object = {}): ListInput => listInput.parse(input);
const filter = (input: object = {}): HistoryInput => historyFilter.parse(input);

/** Counts the turns of the event loop that others get until a promise is settled. */
async function countTurns(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const settled = promise.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  await settled;
  return turns;
}

test("History reads nothing for a cursor far ahead, and nothing where nothing is kept", async () => {
  await using place = await openHistory();
  const [id] = await place.store({ message: "only" });
  const far = { cursor: "999999999999999" };
  expect(await place.ids(far)).toEqual([id]);

  await place.writer.execute({ kind: "notification.trim", input: { through: 1 } });
  place.skipTo(999_999_999_999);
  expect(await place.history.page(ask(), place.everyone)).toEqual({ rows: [], next: null, previous: null });
  expect(await place.ids(far)).toEqual([]);
  expect(await place.history.count(filter(), place.everyone)).toBe(0);
});

test("History passes over any number of ids that are gone", async () => {
  await using place = await openHistory();
  const [first] = await place.store({ message: "the first" });
  place.skipTo(999_999_999_999);
  const [last] = await place.store({ message: "the last" });
  expect(await place.ids()).toEqual([last, first]);
  expect(await place.ids({ types: ["nowhere"] })).toEqual([]);
  expect(await place.ids({ cursor: "0", direction: "newer", limit: 1 })).toEqual([first]);
  expect(await place.history.count(filter(), place.everyone)).toBe(2);
});

test("History finds what lies behind hundreds for others, and hundreds of other types, in any number of channels", async () => {
  await using place = await openHistory();
  const seen = await place.store(
    { channel: "b", message: "for all", type: "seldom" },
    { event: "update", key: "k" },
    { channel: "c", message: "for Ann", to: "ann" },
  );
  await place.store(...Array.from({ length: 300 }, () => ({ message: "for Bob", to: "bob" })));
  const [first = 0, second = 0, third = 0] = seen;
  const ann = { ...place.everyone, user: "ann" };
  expect(await place.ids()).toEqual([second, first]);
  expect(await place.ids({}, ann)).toEqual([third, second, first]);
  expect(await place.ids({ cursor: String(third), direction: "newer" }, ann)).toEqual([]);
  const more = await place.store(...Array.from({ length: 300 }, (_, n) => ({ message: `${n}`, key: "k" })));
  expect(await place.ids({ types: ["seldom"] }, ann)).toEqual([first]);
  expect(await place.ids({ types: ["seldom"], direction: "newer", cursor: "0" }, ann)).toEqual([first]);
  expect(await place.ids({ limit: 500 }, ann)).toEqual([...more.toReversed(), third, second, first]);
});

/** Many words that begin like the one that is looked for, so that the index alone cannot tell. */
const LONG = Array.from({ length: 2_000 }, (_, n) => `xy${n}`).join(" ");

test("History stops looking when nobody waits for it any more", async () => {
  await using place = await openHistory();
  await place.store(...Array.from({ length: 300 }, () => ({ message: LONG })));
  const leaving = new AbortController();
  const listing = place.history.page(ask({ text: '"xy1 xyz' }), place.everyone, leaving.signal);
  leaving.abort();
  await expect(listing).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
});

const SIZE = 75_000;

test("History ends a page of large notifications at a megabyte, and the pages join", async () => {
  await using place = await openHistory();
  const ids = await place.store(...Array.from({ length: 40 }, () => ({ event: "bulk", data: "x".repeat(SIZE) })));
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const { rows, next } = await place.history.page(ask({ limit: 500, cursor }), place.everyone);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThanOrEqual(1024 * 1024);
    seen.push(...rows.map(({ id }) => id));
    cursor = next;
  } while (cursor !== null);
  expect(seen).toEqual(ids.toReversed());
});

test("History gives a notification that is larger than a page should be", async () => {
  await using place = await openHistory();
  const huge = { event: "bulk", data: Array.from({ length: 12 }, () => "y".repeat(90_000)) };
  const ids = await place.store(huge, huge);
  const first = await place.history.page(ask(), place.everyone);
  const second = await place.history.page(ask({ cursor: first.next }), place.everyone);
  expect([first, second].flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(ids.toReversed());
  expect(second.next).toBeNull();
});

test("History gives others their turn while it reads many long messages", async () => {
  await using place = await openHistory();
  await place.store(...Array.from({ length: 300 }, () => ({ message: LONG })));
  await place.ids({ text: "xy1" });
  const search = place.history.page(ask({ text: '"xy1 xyz' }), place.everyone);
  expect(await countTurns(search), "300 of them in pieces of 64").toBeGreaterThan(3);
});

test("History gives what a page holds in every channel asked for, the newest first", async () => {
  await using place = await openHistory();
  const drafts = Array.from({ length: 9 }, (_, n) => ({ channel: n % 3 === 0 ? "b" : "a", message: `${n}` }));
  const ids = await place.store(...drafts);
  const first = await place.history.page(ask({ channels: ["a", "b"], limit: 5 }), place.everyone);
  expect(first.rows.map(({ id }) => id)).toEqual(ids.slice(4).toReversed());
  const second = await place.history.page(ask({ channels: ["a", "b"], limit: 5, cursor: first.next }), place.everyone);
  expect(second).toMatchObject({ next: null });
  expect(second.rows.map(({ id }) => id)).toEqual(ids.slice(0, 4).toReversed());
});
