import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../../db/database.ts";
import type { ReadCommands } from "../../db/read_marks.ts";
import { readByUser } from "../../db/reads.ts";
import { makeChannel, makeEntry, openTestLog, type TestLog } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const folder = makeTempFolder();
let open: TestLog;
let db: Database;
let channel = "";
beforeAll(async () => {
  open = await openTestLog(folder.path);
  db = openDatabase(folder.path, { readonly: true });
});
afterAll(async () => {
  db[Symbol.dispose]();
  await open[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});
beforeEach(async () => {
  channel = `c${Math.random()}`.replace("0.", "");
  await makeChannel(open.writer, channel);
});

const publish = async (count: number, event = "notification") => {
  const records = await Promise.all(
    Array.from({ length: count }, () => open.log.append(makeEntry(channel, { event }))),
  );
  return records.map(({ id }) => id);
};
const mark = (ids: readonly number[], read = true) =>
  open.writer.execute({ kind: "notification.markRead", input: { user: channel, ids, read, at: 0 } });
const markAll = (input: Omit<ReadCommands["notification.markAllRead"]["input"], "user" | "at">) =>
  open.writer.execute({ kind: "notification.markAllRead", input: { user: channel, at: 0, ...input } });
const exceptions = () =>
  db.sqlite.prepare("SELECT count(*) FROM read_exceptions WHERE user_id = ?").pluck().get(channel);
const marks = () => db.sqlite.prepare("SELECT count(*) FROM read_marks WHERE user_id = ?").pluck().get(channel);

test("what is read one by one, in order, leaves one mark and no exceptions, signals in between or not", async () => {
  const ids = [...(await publish(3)), ...(await publish(300, "update")), ...(await publish(3))];
  for (const id of ids) await mark([id]);
  expect(exceptions()).toBe(0);
  expect(marks()).toBe(1);
  expect(readByUser(db, channel, ids).size).toBe(ids.length);
});

test("what is read out of order leaves exceptions until the gap is read", async () => {
  const [first = 0, ...others] = await publish(6);
  await mark(others);
  expect(exceptions()).toBe(5);
  await mark([first]);
  expect(exceptions()).toBe(0);
});

test("reading all of ten thousand is one row, and drops the marks and exceptions that it covers", async () => {
  const ids = await publish(10_000);
  await mark(ids.filter((_, n) => n % 100 === 50));
  await markAll({ channels: [channel], through: ids[4_000] ?? 0 });
  expect(marks()).toBe(1);
  expect(exceptions()).toBe(60);
  await markAll({ channels: null, through: Number.MAX_SAFE_INTEGER });
  expect(marks()).toBe(1);
  expect(exceptions()).toBe(0);
});

test("reading all up to an id far ahead leaves unread what is published later", async () => {
  await publish(1);
  await markAll({ channels: null, through: Number.MAX_SAFE_INTEGER });
  const [later = 0] = await publish(1);
  expect(readByUser(db, channel, [later]).size).toBe(0);
});

test("markRead answers with what changed, and marks again nothing", async () => {
  const ids = await publish(3);
  expect(await mark([...ids, 999_999_999])).toEqual(ids);
  expect(await mark(ids)).toEqual([]);
  expect(await mark(ids.slice(1), false)).toEqual(ids.slice(1));
  expect(await markAll({ channels: [channel], through: ids[0] ?? 0 })).toBe(false);
  expect(await markAll({ channels: [channel], through: ids[2] ?? 0 })).toBe(true);
});
