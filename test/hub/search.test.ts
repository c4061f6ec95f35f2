import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listInput } from "../../server/rules/history.ts";
import { openHistory } from "./_history.ts";

let place: Awaited<ReturnType<typeof openHistory>>;
beforeAll(async () => {
  place = await openHistory();
  await place.store(
    { title: 'She said "no"', message: "C:\\temp\nand a second line\u0001", data: { hidden: "only in data" } },
    { title: "50% off_now", message: "ÄRGER mit Ümlauten 🔔/</script>\u2028" },
    { event: "update", type: "disk", title: "Disk of db-1", data: 1 },
    { message: "Diskette, not a disk", to: "ann" },
    { event: "update", data: { title: "in data" } },
    { message: "東京都は晴れ" },
  );
});
afterAll(() => place[Symbol.asyncDispose]());

describe("a search for text", () => {
  test.each([
    ["NO", [2, 1]],
    ['"NO"', [1]],
    ["said she", [1]],
    ['"said she"', []],
    ['"she said"', [1]],
    ["temp second", [1]],
    ["and", [1]],
    ["an", [1]],
    ["a", [1]],
    ["argerlich", []],
    ["ÄRG", [2]],
    ["mit umlaut", [2]],
    ["umlaut mit", []],
    ["off now 50", [2]],
    ["script", [2]],
    ["disk", [3]],
    ['"disk"', [3]],
    ["db-1", [3]],
    ["db-12", []],
    ["title", []],
    ["only in data", []],
    ["京", [6]],
    ["東京", [6]],
    ["京東", []],
    ["% _", []],
    ["", []],
    ["c1", []],
    ["o", []],
  ])("finds %j in titles and messages, by whole words but the last, and nowhere else", async (text, ids) => {
    expect(await place.ids({ text })).toEqual(ids);
  });

  test("finds what is addressed to somebody for nobody else", async () => {
    const ann = { ...place.everyone, user: "ann" };
    expect(await place.ids({ text: "disk" }, ann)).toEqual([4, 3]);
    expect(await place.ids({ text: "diskette" }, ann)).toEqual([4]);
    expect(await place.ids({ text: "diskette" }, { ...ann, user: "bob" })).toEqual([]);
  });

  test("is answered whatever the text is", async () => {
    const words = fc.constantFrom(
      "disk",
      '"',
      "AND",
      "OR",
      "NOT",
      "NEAR(",
      ")",
      "*",
      "^",
      ":",
      "{title}",
      "-",
      "+",
      "scope",
      " ",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join(" ")),
    );
    const property = fc.asyncProperty(text, async (typed) => {
      const input = listInput.parse({ text: typed.slice(0, 200) });
      const { rows } = await place.history.page(input, place.everyone);
      expect(rows.length).toBeLessThanOrEqual(5);
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

test("the index answers up to where it is, and says so; a crash between two steps costs nothing", async () => {
  await using own = await openHistory();
  const ids = await own.store(...Array.from({ length: 40 }, (_, n) => ({ message: `disk ${n}` })));
  const step = () => own.writer.execute({ kind: "search.index", input: { limit: 16 } });
  expect(await step()).toMatchObject({ through: ids[15], count: 16 });
  const half = own.historyAt(ids[15] ?? 0);
  const page = await half.page(listInput.parse({ text: "disk" }), own.everyone);
  expect(page).toMatchObject({ indexed: ids[15], head: ids[39] });
  expect(page.rows.map(({ id }) => id)).toEqual(ids.slice(0, 16).toReversed());
  expect(await step()).toMatchObject({ through: ids[31] });
  expect(await step()).toMatchObject({ through: ids[39], count: 8 });
  expect(await step()).toMatchObject({ through: ids[39], count: 0 });
  expect(await own.ids({ text: "disk" })).toEqual(ids.toReversed());
});

test("what is removed, has expired or was trimmed is found no more, also where it was not indexed yet", async () => {
  await using own = await openHistory();
  const [one = 0, two = 0, three = 0, four = 0] = await own.store(
    { message: "disk" },
    { message: "disk", expiresAt: 1_000 },
    { message: "disk" },
    { message: "disk" },
  );
  expect(await own.ids({ text: "disk" })).toEqual([four, three, two, one]);
  own.clock.now = 1_000;
  expect(await own.ids({ text: "disk" })).toEqual([four, three, one]);
  await own.writer.execute({ kind: "notification.expire", input: { ids: [two, three] } });
  await own.writer.execute({ kind: "notification.trim", input: { through: one } });
  expect(await own.ids({ text: "disk" })).toEqual([four]);
  const [five = 0] = await own.store({ message: "disk" });
  await own.writer.execute({ kind: "notification.expire", input: { ids: [five] } });
  expect(await own.ids({ text: "disk" })).toEqual([four]);
  expect((await own.history.page(listInput.parse({ text: "x" }), own.everyone)).indexed).toBe(five);
});
