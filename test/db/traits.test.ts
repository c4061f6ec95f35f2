import type { Statement } from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { HistoryReader } from "../../db/history.ts";
import { createStatements, type Statements } from "../../db/statements.ts";
import { TraitFinder } from "../../db/traits.ts";
import { parseQuestion } from "../../db/words.ts";
import { listInput } from "../../server/rules/history.ts";
import { SEVERITIES, type Severity } from "../../server/rules/severity.ts";
import type { Sight } from "../../server/rules/sight.ts";
import { makeTempFolder } from "../_temp.ts";
import { openHistory } from "../hub/_history.ts";

interface Draft {
  readonly channel: string;
  readonly message: string;
  readonly type: string;
  readonly event: string;
  readonly sender: string;
  readonly severity: Severity;
  readonly to?: string;
}

/** The last id of a block, and the first of the next. */
const EDGES = new Map([
  [767, "last"],
  [768, "first"],
]);
/** Rows of five blocks: what is seldom comes once in some hundreds, or only at one end. */
const DRAFTS = Array.from({ length: 1_300 }, (_, n): Draft => {
  const isRare = n % 331 === 17;
  return {
    channel: "abc".charAt(n % 50 === 0 ? 1 : n % 7 === 0 ? 2 : 0),
    message: "m",
    type: EDGES.get(n + 1) ?? (isRare ? "rare" : n < 300 ? "old" : n >= 1_200 ? "new" : "usual"),
    event: n % 401 === 3 ? "seldom" : "notification",
    sender: n % 211 === 5 ? "ann" : "bob",
    severity: n === 700 || isRare ? "critical" : n % 97 === 0 ? "warning" : "info",
    ...(n % 9 === 4 && { to: n % 2 === 0 ? "ann" : "bob" }),
  };
});

const one = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 });
const filters = fc.record({
  types: one(["rare"], ["old"], ["new"], ["usual"], ["old", "rare"], ["first"], ["last"], ["none"], ["none", "new"]),
  events: one(["seldom"], ["notification"], ["never"]),
  sender: one("ann", "bob", "nobody"),
  minSeverity: one("warning" as const, "critical" as const, "error" as const),
});
const all: Sight = { channels: null, user: null, seesTargeted: false };
const sights = fc.constantFrom<Sight>(
  all,
  { channels: null, user: "ann", seesTargeted: true },
  { channels: new Set(["b"]), user: "ann", seesTargeted: false },
);

const examples = ["first", "last"].flatMap((type) =>
  [true, false].map((isOlder): [object, Sight, boolean] => [{ types: [type] }, all, isOlder]),
);

test("What is seldom is found wherever it is, however much of the log is indexed, in both directions", async () => {
  await using place = await openHistory();
  const ids = await place.store(...DRAFTS);
  const rows = DRAFTS.map((draft, n) => ({ ...draft, id: ids[n] ?? 0 }));
  const rank = (severity: Severity) => SEVERITIES.indexOf(severity);
  const check = fc.asyncProperty(filters, sights, fc.boolean(), async (filter, sight, isOlder) => {
    const { types, events, sender, minSeverity = "info" } = filter;
    const wanted = rows
      .filter(({ channel }) => sight.channels?.has(channel) ?? true)
      .filter(({ to }) => to === undefined || sight.seesTargeted || to === sight.user)
      .filter((row) => (types?.includes(row.type) ?? true) && (events?.includes(row.event) ?? true))
      .filter((row) => row.sender === (sender ?? row.sender) && rank(row.severity) >= rank(minSeverity))
      .map(({ id }) => id);
    const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    const found: number[] = [];
    for (let cursor: string | null = isOlder ? null : "0", pages = 0; pages === 0 || cursor !== null; pages += 1) {
      const direction = isOlder ? "older" : "newer";
      const page = await place.history.page(listInput.parse({ ...given, cursor, direction, limit: 40 }), sight);
      const part = page.rows.map(({ id }) => id);
      found.push(...(isOlder ? part : part.toReversed()));
      cursor = isOlder ? page.next : page.previous;
    }
    expect(found).toEqual(isOlder ? wanted.toReversed() : wanted);
    expect(await place.history.count(listInput.parse(given), sight)).toBe(wanted.length);
  });
  for (const limit of [0, 700, 1_000]) {
    if (limit > 0) await place.writer.execute({ kind: "search.index", input: { limit } });
    await fc.assert(check, { numRuns: 60, examples });
  }
});

test("What is nowhere is looked for among the newest only, and what is seldom in few places", async () => {
  await using place = await openHistory();
  await place.store(...DRAFTS);
  await place.ids({ text: "m" });
  const reader = new HistoryReader(place.db);
  const range = { first: 1, last: DRAFTS.length };
  const looked = (types: string[], text?: string) => {
    const filter = { channels: null, user: null, seesTargeted: false, types, now: 0 };
    const question = text === undefined ? undefined : (parseQuestion(text) ?? undefined);
    const stretches = reader.stretches({ filter, range, direction: "older", question });
    return [...stretches].reduce((sum, { first, last, ids }) => sum + (ids?.length ?? last - first + 1), 0);
  };
  expect(looked(["none"])).toBe(256);
  expect(looked(["none"], "m")).toBe(0);
  expect(looked(["old"])).toBeLessThan(800);
  expect(looked(["usual"])).toBeGreaterThan(1_000);
});

test("What is never together is looked for a bounded number of times before a row is looked at", () => {
  using folder = makeTempFolder();
  using db = openDatabase(folder.path);
  const add = db.sqlite.prepare("INSERT INTO traits (trait, block) VALUES (?, ?)");
  const blocks = Array.from({ length: 1_000 }, (_, n) => n);
  for (const block of blocks) add.run(block % 2 === 0 ? "type even" : "sender odd", block);
  let asked = 0;
  const statements = createStatements(db);
  const counting: Statements = (sql) => {
    const found = statements(sql).pluck();
    const get = (values: unknown) => {
      asked += 1;
      return found.get(values);
    };
    return { pluck: () => ({ get }) } as unknown as Statement;
  };
  const finder = new TraitFinder(counting);
  const range = { first: 0, last: 256_000 };
  for (const direction of ["older", "newer"] as const) {
    asked = 0;
    const [first] = finder.parts([["type even"], ["sender odd"]], range, direction);
    expect(first, "perhaps there is something").toBeDefined();
    expect(asked).toBeLessThan(200);
    const parts = [...finder.parts([["type even"], ["sender odd"]], range, direction)];
    expect(parts.length).toBeLessThan(100);
  }
});

test("The traits of blocks go when nothing older is left", async () => {
  await using place = await openHistory();
  const ids = await place.store(...DRAFTS);
  await place.ids({ text: "m" });
  const blocks = () => place.db.sqlite.prepare("SELECT min(block), max(block) FROM traits").raw().get();
  expect(blocks()).toEqual([0, 5]);
  await place.writer.execute({ kind: "notification.trim", input: { through: ids[600] ?? 0 } });
  expect(blocks()).toEqual([2, 5]);
  expect(await place.ids({ types: ["old"] })).toEqual([]);
  expect(await place.ids({ types: ["rare"] }), "the other is for Bob").toEqual([ids[1_010]]);
});
