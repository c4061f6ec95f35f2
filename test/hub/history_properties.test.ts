import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatchRunner } from "../../db/batch_runner.ts";
import type { Command } from "../../db/commands.ts";
import { type Database, openDatabase } from "../../db/database.ts";
import { createAppender } from "../../db/notifications.ts";
import { createIndexedReader } from "../../db/search.ts";
import { History } from "../../server/hub/history.ts";
import { historyFilter, latestInput, listInput } from "../../server/rules/history.ts";
import { SEVERITIES, severityRank } from "../../server/rules/severity.ts";
import type { Sight } from "../../server/rules/sight.ts";
import { makeEntry } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const CHANNELS = ["a", "b", "c"] as const;
// "null" is a user like any other.
const USERS = ["u1", "u2", "null"] as const;
/** What stands in texts, and the words that it is to be found by. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  Disk: ["disk"],
  diskette: ["diskette"],
  "FULL!": ["full"],
  "db-1": ["db", "1"],
  Ärger: ["arger"],
  東京: ["東", "京"],
};

const folder = makeTempFolder();
let db: Database;
let runner: BatchRunner;
let history: History;
let now = 0;
beforeAll(() => {
  db = openDatabase(folder.path);
  // What is on trial is not the disk.
  db.sqlite.pragma("synchronous = OFF");
  runner = new BatchRunner({ db, appender: createAppender(db) });
  for (const name of CHANNELS) {
    run({ kind: "channel.create", input: { actor: { id: "system" }, at: 0, name, description: "" } });
  }
  history = new History({ db, index: { through: 0, reach: async () => undefined }, now: () => now });
});
afterAll(() => {
  db[Symbol.dispose]();
  folder[Symbol.dispose]();
});

function run<Result>(command: Command): Result {
  const [outcome] = runner.run([command]);
  if (!outcome || "error" in outcome) throw new Error(outcome?.error.message);
  return outcome.result as Result;
}

type Made<Of> = Of extends fc.Arbitrary<infer Value> ? Value : never;
/** Absent, so often of ten times. */
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>, absent: number) =>
  fc.oneof({ weight: absent, arbitrary: fc.constant(undefined) }, { weight: 10 - absent, arbitrary });

const channel = fc.constantFrom(...CHANNELS);
const user = fc.constantFrom(...USERS);
const text = fc.array(fc.constantFrom(...Object.keys(TEXTS)), { maxLength: 4 });
const draft = fc.record({
  channel: fc.oneof({ weight: 4, arbitrary: fc.constant("a" as const) }, { weight: 1, arbitrary: channel }),
  // Long runs for others are what is jumped over.
  to: maybe(fc.uniqueArray(user, { minLength: 1 }), 4),
  event: fc.constantFrom("notification", "notification", "notification", "update"),
  type: fc.constantFrom("x", "y"),
  severity: fc.constantFrom(0, 0, 2, 4),
  sender: fc.constantFrom("s1", "s2"),
  key: maybe(fc.constantFrom("k1", "k2"), 5),
  life: maybe(fc.constantFrom(1, 1_000), 7),
  title: text,
  message: text,
});
type Published = Made<typeof draft>;

interface Kept extends Published {
  readonly id: number;
  /** Its place in the world; it was published in this second. */
  readonly at: number;
  readonly readers: ReadonlySet<string>;
}

const world = fc.record({
  drafts: fc.array(fc.record({ draft, times: fc.constantFrom(1, 1, 2, 30) }), { maxLength: 12 }),
  removed: fc.array(fc.nat(), { maxLength: 20 }),
  marks: fc.array(fc.record({ user, through: fc.nat(), channels: fc.option(fc.uniqueArray(channel)) }), {
    maxLength: 3,
  }),
  exceptions: fc.array(fc.record({ user, pick: fc.nat(), read: fc.constantFrom(false, false, true) }), {
    maxLength: 20,
  }),
});

/** Makes a world, and says what is left of it. */
function build({ drafts, removed, marks, exceptions }: Made<typeof world>): Kept[] {
  for (const table of ["notifications", "recipients", "gone", "read_marks", "read_exceptions"]) {
    db.sqlite.exec(`DELETE FROM ${table}`);
  }
  db.sqlite.exec("INSERT INTO search (search) VALUES ('delete-all')");
  const all = drafts
    .flatMap(({ draft, times }) => Array.from({ length: times }, () => draft))
    .map((draft, at) => {
      const { title, message, severity, life, key, to, ...rest } = draft;
      const json = { ...rest, title: title.join(" "), message: message.join(", "), read: false, data: { read: false } };
      const tail = `${JSON.stringify(json).slice(1)}`;
      const entry = makeEntry(draft.channel, {
        ...{ ...rest, severity, tail, recipients: to ?? null, createdAt: at * 1_000 },
        ...(key !== undefined && { key }),
        ...(life !== undefined && { expiresAt: life * 1_000_000 }),
      });
      return { ...draft, at, id: run<number>({ kind: "notification.append", input: entry }) };
    });
  const idAt = (pick: number) => all[pick % Math.max(1, all.length)]?.id ?? 0;
  const gone = removed.map(idAt);
  run({ kind: "notification.expire", input: { ids: gone } });
  const kept = all.filter(({ id }) => !gone.includes(id));
  const read = new Map(kept.map(({ id }) => [id, new Set<string>()]));
  for (const { user, through, channels } of marks) {
    const input = { user, channels, through: idAt(through), at: 0 };
    run({ kind: "notification.markAllRead", input });
    for (const { id, channel } of kept) {
      if (id <= input.through && (!channels || channels.includes(channel))) read.get(id)?.add(user);
    }
  }
  for (const { user, pick, read: isRead } of exceptions) {
    const id = idAt(pick);
    run({ kind: "notification.markRead", input: { user, ids: [id], read: isRead, at: 0 } });
    const { to, event } = kept.find((one) => one.id === id) ?? {};
    if (event !== "notification" || (to && !to.includes(user))) continue;
    if (isRead) read.get(id)?.add(user);
    else read.get(id)?.delete(user);
  }
  while (createIndexedReader(db)() < (all.at(-1)?.id ?? 0)) run({ kind: "search.index", input: { limit: 7 } });
  return kept.map((one) => ({ ...one, readers: read.get(one.id) ?? new Set() }));
}

const phrase = fc.array(fc.constantFrom(...Object.values(TEXTS).flat()), { minLength: 1, maxLength: 2 });
const question = fc.record({
  sight: fc.record<Sight>({
    channels: fc.option(
      fc.uniqueArray(channel).map((names) => new Set<string>(names)),
      { freq: 2 },
    ),
    user: fc.option(user, { freq: 4 }),
    seesTargeted: fc.constantFrom(false, false, true),
  }),
  types: maybe(fc.constant<readonly string[]>(["x"]), 8),
  events: maybe(fc.constantFrom<(readonly string[])[]>(["update"], ["notification", "nothing"]), 8),
  minSeverity: maybe(fc.constantFrom(...SEVERITIES), 8),
  sender: maybe(fc.constant("s1"), 8),
  recipient: maybe(user, 8),
  key: maybe(fc.constantFrom("k1", "k2"), 8),
  from: maybe(fc.integer({ min: 0, max: 60_000 }), 8),
  until: maybe(fc.integer({ min: 0, max: 60_000 }), 8),
  read: maybe(fc.constantFrom(false, false, true), 6),
  words: fc.option(fc.record({ phrases: fc.array(phrase, { maxLength: 2 }), cut: fc.nat(9), isOpen: fc.boolean() }), {
    freq: 2,
  }),
  limit: fc.integer({ min: 1, max: 30 }),
});
type Question = Made<typeof question>;

/** What is typed for the words, and whether a text holds them. */
function typed({ phrases, cut, isOpen }: NonNullable<Question["words"]>) {
  const last = phrases.at(-1);
  const end = last?.at(-1) ?? "";
  // The last word of what is not closed may go on, if two characters of it are there.
  const begun = isOpen && [...end].length > 1 ? end.slice(0, Math.max(2, end.length - cut)) : end;
  const asked = last ? [...phrases.slice(0, -1), [...last.slice(0, -1), begun]] : [];
  const text = asked.map((words, n) => `"${words.join(" ")}${isOpen && n === asked.length - 1 ? "" : '"'}`).join(" ");
  const isEnd = (n: number, word: number) => isOpen && n === asked.length - 1 && word === (asked[n]?.length ?? 0) - 1;
  const fits = (n: number, word: number, found = "") => {
    const wanted = asked[n]?.[word] ?? "";
    return isEnd(n, word) && [...wanted].length > 1 ? found.startsWith(wanted) : found === wanted;
  };
  const holds = (parts: readonly string[], n: number) => {
    const words = parts.flatMap((part) => TEXTS[part] ?? []);
    return words.some((_, at) => asked[n]?.every((_, word) => fits(n, word, words[at + word])));
  };
  const isIn = ({ title, message }: Kept) => asked.every((_, n) => holds(title, n) || holds(message, n));
  return { text, isIn: (one: Kept) => asked.length > 0 && isIn(one) };
}

function isVisible({ channel, to }: Kept, { channels, user, seesTargeted }: Sight): boolean {
  return (!channels || channels.has(channel)) && (!to || seesTargeted || (user !== null && to.includes(user as never)));
}

const isLiving = ({ life }: Kept) => life === undefined || life * 1_000_000 > now;
/** Signals are never unread. */
const isReadBy = ({ event, readers }: Kept, who: string) => event !== "notification" || readers.has(who);

function isWanted(
  one: Kept,
  { sight, types, events, minSeverity, sender, recipient, key, from, until, read, words }: Question,
): boolean {
  return (
    isVisible(one, sight) &&
    isLiving(one) &&
    (types?.includes(one.type) ?? true) &&
    (events?.includes(one.event) ?? true) &&
    one.severity >= severityRank(minSeverity ?? "info") &&
    (sender === undefined || one.sender === sender) &&
    (recipient === undefined || (one.to?.includes(recipient) ?? false)) &&
    (key === undefined || one.key === key) &&
    one.at * 1_000 >= (from ?? 0) &&
    one.at * 1_000 <= (until ?? Number.POSITIVE_INFINITY) &&
    (read === undefined || sight.user === null || isReadBy(one, sight.user) === read) &&
    (words === null || typed(words).isIn(one))
  );
}

const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);

test("History gives and counts what a naive reading gives, page by page, in both directions", async () => {
  const property = fc.asyncProperty(
    world,
    fc.array(question, { minLength: 1, maxLength: 6 }),
    async (made, questions) => {
      now = 5_000_000;
      const kept = build(made);
      for (const asked of questions) {
        const { sight, words, limit, ...fields } = asked;
        const filter = { ...fields, ...(words && { text: typed(words).text }) };
        const wanted = idsOf(kept.filter((one) => isWanted(one, asked))).toReversed();
        expect(await history.count(historyFilter.parse(filter), sight)).toBe(wanted.length);

        const pages: number[][] = [];
        let next: string | null = null;
        do {
          const page = await history.page(listInput.parse({ ...filter, limit, cursor: next }), sight);
          pages.push(idsOf(page.rows));
          for (const { id, json } of page.rows) {
            const { read, data } = JSON.parse(json);
            const one = kept.find((candidate) => candidate.id === id) as Kept;
            expect(read).toBe(sight.user !== null && isReadBy(one, sight.user));
            expect(data).toEqual({ read: false });
          }
          if (page.previous !== null) {
            const back = listInput.parse({ ...filter, limit, cursor: page.previous, direction: "newer" });
            expect(idsOf((await history.page(back, sight)).rows)).toEqual(pages.at(-2));
          }
          next = page.next;
        } while (next !== null);
        expect(pages.flat()).toEqual(wanted);
        expect(pages.length).toBe(Math.max(1, Math.ceil(wanted.length / limit)));

        const upwards: number[] = [];
        for (let cursor: string | null = "0"; cursor !== null; ) {
          const page = await history.page(listInput.parse({ ...filter, limit, cursor, direction: "newer" }), sight);
          upwards.unshift(...idsOf(page.rows));
          cursor = page.previous;
        }
        expect(upwards).toEqual(wanted);
      }
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

test("History gives one notification, and the latest of each key, to the same eyes", async () => {
  const property = fc.asyncProperty(world, question, channel, async (made, { sight }, channel) => {
    now = 5_000_000;
    const kept = build(made);
    for (const one of kept) {
      expect(history.get(one.id, sight) !== undefined).toBe(isVisible(one, sight) && isLiving(one));
    }
    const seen = kept.filter((one) => one.channel === channel && isVisible(one, { ...sight, channels: null }));
    // What has expired does not bring back what it replaced.
    const latest = (["k1", "k2"] as const)
      .flatMap((key) => seen.findLast((one) => one.key === key) ?? [])
      .filter(isLiving);
    const { rows, next } = await history.latest(latestInput.parse({ channel }), sight);
    expect(idsOf(rows)).toEqual(idsOf(latest).toSorted((a, b) => b - a));
    expect(next).toBeNull();
    const only = await history.latest(latestInput.parse({ channel, key: "k1" }), sight);
    expect(idsOf(only.rows)).toEqual(idsOf(latest.filter(({ key }) => key === "k1")));
  });
  await fc.assert(property, { numRuns: 60 });
});
