import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { Writer } from "../../db/writer.ts";
import { History } from "../../server/hub/history.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { type ListInput, listInput } from "../../server/rules/follow.ts";
import { encodeDraft } from "../../server/rules/notification.ts";
import { makeChannel } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

/** A log with a history over it, and the channels `a` and `b`. */
async function openPlace() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(makeTempFolder());
  const writer = stack.use(await Writer.start(folder.path));
  const db = stack.use(openDatabase(folder.path, { readonly: true }));
  for (const name of ["a", "b"]) await makeChannel(writer, name);
  const schema = createDraftSchema({ messageBytes: 16_384, dataBytes: 2_000_000 });
  const encode = (draft: object) =>
    encodeDraft(schema.parse({ channel: "a", ...draft }), { sender: "test", createdAt: 0 });
  const parts = stack.move();
  return {
    folder,
    writer,
    history: new History(db),
    /** Stores drafts; answers with their ids. */
    store: (...drafts: object[]): Promise<number[]> =>
      Promise.all(drafts.map((draft) => writer.execute({ kind: "notification.append", input: encode(draft) }))),
    /** Moves the head of the log on, as if everything between had been trimmed. */
    skipTo: (head: number): void => {
      using other = openDatabase(folder.path);
      other.sqlite.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'notifications'").run(head);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const ask = (input: object = {}): ListInput => listInput.parse(input);

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
  await using place = await openPlace();
  const [id] = await place.store({ message: "only" });
  const far = { cursor: "999999999999999" };
  expect((await place.history.list(ask(far), null)).items.map((item) => item.id)).toEqual([id]);

  await place.writer.execute({ kind: "notification.trim", input: { through: 1 } });
  place.skipTo(999_999_999_999);
  expect(await place.history.list(ask(), null)).toEqual({ items: [], next: null });
  expect(await place.history.list(ask(far), null)).toEqual({ items: [], next: null });
});

test("History stops looking when nobody waits for it any more", async () => {
  await using place = await openPlace();
  await place.store({ message: "the first" });
  place.skipTo(999_999_999_999);
  await place.store({ message: "the last" });
  const leaving = new AbortController();
  const listing = place.history.list(ask({ text: "nowhere" }), null, leaving.signal);
  leaving.abort();
  await expect(listing).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
});

const SIZE = 75_000;

test("History ends a page of large notifications at a megabyte, and the pages join", async () => {
  await using place = await openPlace();
  const ids = await place.store(...Array.from({ length: 40 }, () => ({ event: "bulk", data: "x".repeat(SIZE) })));
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const { rows, next } = await place.history.page(ask({ limit: 500, cursor }), null);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThanOrEqual(1024 * 1024);
    seen.push(...rows.map(({ id }) => id));
    cursor = next;
  } while (cursor !== null);
  expect(seen).toEqual(ids.toReversed());
});

test("History gives a notification that is larger than a page should be", async () => {
  await using place = await openPlace();
  const huge = { event: "bulk", data: Array.from({ length: 12 }, () => "y".repeat(90_000)) };
  const ids = await place.store(huge, huge);
  const first = await place.history.list(ask(), null);
  const second = await place.history.list(ask({ cursor: first.next }), null);
  expect([first, second].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(ids.toReversed());
  expect(second.next).toBeNull();
});

test("History gives others their turn while it searches large notifications", async () => {
  await using place = await openPlace();
  await place.store(...Array.from({ length: 400 }, () => ({ message: "m", data: "x".repeat(SIZE) })));
  const search = place.history.list(ask({ text: "nowhere" }), null);
  expect(await countTurns(search), "30 MB in pieces of 4").toBeGreaterThan(5);
});

test("History gives what a page holds in every channel asked for, the newest first", async () => {
  await using place = await openPlace();
  const drafts = Array.from({ length: 9 }, (_, n) => ({ channel: n % 3 === 0 ? "b" : "a", message: `${n}` }));
  const ids = await place.store(...drafts);
  const first = await place.history.list(ask({ channels: ["a", "b"], limit: 5 }), null);
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(4).toReversed());
  const second = await place.history.list(ask({ channels: ["a", "b"], limit: 5, cursor: first.next }), null);
  expect(second).toMatchObject({ next: null });
  expect(second.items.map(({ id }) => id)).toEqual(ids.slice(0, 4).toReversed());
});

let stored: Awaited<ReturnType<typeof openPlace>>;
beforeAll(async () => {
  stored = await openPlace();
  await stored.store(
    { title: 'She said "no"', message: "C:\\temp\nand a second line\u0001", data: { hidden: "only in data" } },
    { title: "50% off_now", message: "ÄRGER mit ümlauten 🔔/</script>\u2028" },
  );
});
afterAll(() => stored[Symbol.asyncDispose]());

test.each([
  ['"NO"', [1]],
  ["\\TEMP", [1]],
  ["temp\nand", [1]],
  ["\u0001", [1]],
  ["0% off_", [2]],
  ["0_ off", []],
  ["\\u0001", []],
  ["rger mit ümlaut", [2]],
  ["🔔/</SCRIPT>\u2028", [2]],
  ["only in data", []],
  ["title", []],
  ["and", [1]],
])("History finds %j where title or message holds it, and nowhere else", async (text, ids) => {
  const { items } = await stored.history.list(ask({ text }), null);
  expect(items.map(({ id }) => id)).toEqual(ids);
});
