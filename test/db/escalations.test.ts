import { afterAll, beforeAll, expect, test } from "vitest";
import { findSent } from "../../db/acknowledgements.ts";
import { type Database, openDatabase } from "../../db/database.ts";
import { listDeliveries } from "../../db/deliveries.ts";
import type { EscalationCommands } from "../../db/escalations.ts";
import { createEscalationReader, readEscalation } from "../../db/escalations.ts";
import type { LogEntry } from "../../db/event_log.ts";
import { makeChannel, makeEntry, openTestLog, type TestLog } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const folder = makeTempFolder();
let open: TestLog;
let db: Database;
beforeAll(async () => {
  open = await openTestLog(folder.path);
  await makeChannel(open.writer, "a");
  db = openDatabase(folder.path, { readonly: true });
});
afterAll(async () => {
  db[Symbol.dispose]();
  await open[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const publish = async (fields: Partial<LogEntry> = {}) => {
  const escalate = { after: 1_000, channels: [] };
  return (await open.log.append(makeEntry("a", { ack: "anyone", escalate, createdAt: 0, ...fields }))).id;
};
const fire = (id: number, step: number, fields: Partial<EscalationCommands["escalation.fire"]["input"]> = {}) =>
  open.writer.execute({
    kind: "escalation.fire",
    input: { id, step, nextAt: 2_000, entry: makeEntry("a", { ack: "anyone", original: id }), ...fields },
  });

test("a step is sent once, however often it is tried, also in one transaction", async () => {
  const id = await publish();
  const heads: number[] = [];
  using _ = open.log.onCommit((records) => heads.push(...records.map((record) => record.id)));
  const tried = await Promise.all([fire(id, 0), fire(id, 0), fire(id, 1), fire(id, 0), fire(id, 5)]);
  const sent = tried.map(({ appended }) => appended);
  expect(sent).toEqual([id + 1, null, id + 2, null, null]);
  expect(heads, "what was not sent is not announced").toEqual([id + 1, id + 2]);
  expect(readEscalation(db, id)).toEqual({ sent: 2, nextAt: 2_000 });
});

test("a step whose copy cannot be stored stays due", async () => {
  const id = await publish();
  await expect(fire(id, 0, { entry: makeEntry("nowhere") })).rejects.toThrow("no channel");
  expect(readEscalation(db, id)).toEqual({ sent: 0, nextAt: 1_000 });
});

test("nothing is sent once one has acknowledged, once it is removed, and once it is ended", async () => {
  const ids = [await publish(), await publish(), await publish()];
  const [acknowledged = 0, removed = 0, ended = 0] = ids;
  const user = { user: "ann", at: 5 };
  // In one transaction with what would send it.
  const [answer, ...fired] = await Promise.all([
    open.writer.execute({ kind: "notification.acknowledge", input: { id: acknowledged, ...user } }),
    open.writer.execute({ kind: "notification.expire", input: { ids: [removed] } }).then(() => ({ appended: null })),
    open.writer.execute({ kind: "escalation.end", input: { id: ended } }).then(() => ({ appended: null })),
    ...ids.map((id) => fire(id, 0)),
  ]);
  expect(answer).toEqual({ at: 5, isNew: true, isFirst: true });
  expect(fired.map(({ appended }) => appended)).toEqual([null, null, null, null, null]);
});

test("who acknowledges where everyone has to ends nothing", async () => {
  const id = await publish({ ack: "everyone" });
  await open.writer.execute({ kind: "notification.acknowledge", input: { id, user: "ann", at: 5 } });
  expect((await fire(id, 0)).appended).not.toBeNull();
});

test("what is due comes in the order of its times, a bounded number", async () => {
  const reader = createEscalationReader(db);
  for (const { id } of reader.due(Number.MAX_SAFE_INTEGER, 100)) {
    await open.writer.execute({ kind: "escalation.end", input: { id } });
  }
  expect(reader.next()).toBeUndefined();
  const [late, early, later] = [
    await publish({ createdAt: 9 }),
    await publish({ createdAt: 8 }),
    await publish({ createdAt: 9 }),
  ];
  expect(reader.next()).toBe(1_008);
  expect(reader.due(1_008, 10).map(({ id }) => id)).toEqual([early]);
  expect(reader.due(1_009, 10).map(({ id }) => id)).toEqual([early, late, later]);
  expect(reader.due(1_009, 2).map(({ id }) => id)).toEqual([early, late]);
});

test("the first delivery to each user counts, that of a copy for its original, and none of what is gone", async () => {
  const id = await publish();
  const { appended: copy = 0 } = await fire(id, 0);
  const deliver = (...delivered: (readonly [number, string, number])[]) =>
    open.writer.execute({ kind: "notification.deliver", input: { delivered } });
  await deliver([id, "ann", 5], [copy ?? 0, "ann", 6], [copy ?? 0, "bob", 7], [999_999, "ann", 8]);
  await deliver([id, "ann", 9]);
  expect(listDeliveries(db, id)).toEqual([
    { user: "ann", at: 5 },
    { user: "bob", at: 7 },
  ]);
  expect(listDeliveries(db, 999_999)).toEqual([]);
  await open.writer.execute({ kind: "notification.expire", input: { ids: [id] } });
  await deliver([copy ?? 0, "carl", 10]);
  expect(findSent(db, copy ?? 0)).toMatchObject({ original: id });
  expect(listDeliveries(db, copy ?? 0), "it stands for itself now").toEqual([{ user: "carl", at: 10 }]);
});
