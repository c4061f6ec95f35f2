/** What retention does in one round, with the writer and the file of a real server, and rounds that are asked for. */
import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import type { Retention as Rule } from "../../db/retention.ts";
import { Pace } from "../../server/hub/pace.ts";
import { Retention } from "../../server/hub/retention.ts";
import { makeEntry, openTestLog } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const SYSTEM = { actor: { id: "system" }, at: 0 };
const DAY = 86_400_000;

async function openPlace() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(makeTempFolder());
  const { log, writer } = stack.use(await openTestLog(folder.path));
  const db = stack.use(openDatabase(folder.path, { readonly: true }));
  const pace = stack.use(new Pace(writer));
  const retention = stack.use(new Retention({ db, writer, log, pace, now: () => 100 * DAY }));
  /** How many notifications each trim deleted. */
  const trims: number[] = [];
  writer.onCommit((committed) => {
    for (const { command, result } of committed) {
      if (command.kind === "notification.trim") trims.push((result as { count: number }).count);
    }
  });
  const signal = AbortSignal.timeout(60_000);
  const parts = stack.move();
  return {
    trims,
    sweep: () => retention.sweep(signal),
    make: (name: string, retention: Rule) =>
      writer.execute({ kind: "channel.create", input: { ...SYSTEM, name, description: "", retention } }),
    change: (name: string, retention: Rule) =>
      writer.execute({ kind: "channel.update", input: { ...SYSTEM, name, changes: { retention } } }),
    fill: (name: string, count: number, recipients: readonly string[] | null = null) =>
      Promise.all(Array.from({ length: count }, () => log.append(makeEntry(name, { recipients })))),
    kept: (name: string) =>
      db.sqlite
        .prepare("SELECT count(*) FROM notifications WHERE channel_id = (SELECT id FROM channels WHERE name = ?)")
        .pluck()
        .get(name) as number,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const FOREVER = { days: null, count: null };
const TEN = { days: null, count: 10 };
const A_DAY = { days: 1, count: null };

test("Retention.sweep() deletes one batch of each channel, so that a full one holds up no other", async () => {
  await using place = await openPlace();
  await place.make("full", A_DAY);
  await place.make("crowded", TEN);
  await place.make("small", TEN);
  await Promise.all([place.fill("full", 1_200), place.fill("crowded", 1_100), place.fill("small", 30)]);
  expect(await place.sweep()).toBe(true);
  expect(["full", "crowded", "small"].map(place.kept)).toEqual([700, 600, 10]);
  while (await place.sweep());
  expect(["full", "crowded", "small"].map(place.kept)).toEqual([0, 10, 10]);
  expect(place.trims, "none for nothing").toEqual([500, 500, 20, 500, 500, 200, 90]);
});

test.each([TEN, A_DAY])("Retention deletes nothing more under a rule that was taken back: %j", async (rule) => {
  await using place = await openPlace();
  await place.make("a", rule);
  await place.fill("a", 1_600);
  await place.sweep();
  expect(place.kept("a")).toBe(1_100);
  // The next batch is on its way while the rule changes: the writer has both, the change first.
  const changed = place.change("a", FOREVER);
  await place.sweep();
  await changed;
  expect(place.kept("a")).toBe(1_100);
  expect(await place.sweep()).toBe(false);
  expect(place.kept("a")).toBe(1_100);
  await place.change("a", { days: null, count: 900 });
  while (await place.sweep());
  expect(place.kept("a")).toBe(900);
});

test("Retention deletes few at once where each has many recipients", async () => {
  await using place = await openPlace();
  await place.make("a", { days: null, count: 1 });
  await place.fill(
    "a",
    6,
    Array.from({ length: 900 }, (_, n) => `user-${n}`),
  );
  while (await place.sweep());
  expect(place.trims).toEqual([2, 2, 1]);
});
