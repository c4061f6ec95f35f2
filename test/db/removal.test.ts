/** What belongs to a notification goes with it, and nothing else does. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "../../db/database.ts";
import { createAppender } from "../../db/notifications.ts";
import { deleteNotifications } from "../../db/removal.ts";
import { trimNotifications } from "../../db/retention.ts";
import { createUnreadCounter } from "../../db/unread.ts";
import { makeEntry } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const folder = makeTempFolder();
let db: Database;
beforeAll(() => {
  db = openDatabase(folder.path);
  db.sqlite.exec("INSERT INTO channels (id, name, created_at) VALUES (1, 'a', 0), (2, 'b', 0)");
});
afterAll(() => {
  db[Symbol.dispose]();
  folder[Symbol.dispose]();
});

/** The tables that hold something of a notification, by the column that names it. */
const BELONGINGS = {
  recipients: "notification_id",
  read_exceptions: "notification_id",
  acknowledgements: "notification_id",
  deliveries: "notification_id",
  escalations: "notification_id",
  search: "rowid",
} as const;

/** Stores a notification with everything that may belong to one. */
function store(channel: "a" | "b", to: readonly string[] | null): number {
  const appender = createAppender(db);
  appender.begin();
  const escalate = { after: 1_000, channels: [] };
  const id = appender.append(makeEntry(channel, { recipients: to, ack: "anyone", escalate }));
  const channelId = channel === "a" ? 1 : 2;
  db.sqlite
    .prepare("INSERT INTO read_exceptions VALUES ('u1', ?, ?, 1), ('u2', ?, ?, 0)")
    .run(channelId, id, channelId, id);
  for (const table of ["acknowledgements", "deliveries"]) {
    db.sqlite
      .prepare(`INSERT INTO ${table} (notification_id, user_id, at) VALUES (?, 'u1', 0), (?, 'u2', 0)`)
      .run(id, id);
  }
  db.sqlite.prepare("INSERT INTO search (rowid, title, message, scope) VALUES (?, 't', 'm', 's')").run(id);
  return id;
}

/** The ids of which each table holds something. */
function belongings(): Record<string, number[]> {
  const ids = (table: string, column: string) =>
    db.sqlite.prepare(`SELECT DISTINCT ${column} FROM ${table} ORDER BY 1`).pluck().all() as number[];
  return Object.fromEntries(Object.entries(BELONGINGS).map(([table, column]) => [table, ids(table, column)]));
}

test("deleteNotifications() deletes what belongs to them in every table, and touches nothing of the others", () => {
  const [first, second, third] = [store("a", ["u1", 'ü"2']), store("b", null), store("a", null)];
  const before = belongings();
  expect(Object.values(before).every((ids) => ids.length >= 1)).toBe(true);
  expect(deleteNotifications(db, [first, third, 99_999])).toBe(2);
  const left = belongings();
  for (const [table, ids] of Object.entries(before)) {
    expect(left[table], table).toEqual(ids.filter((id) => id !== first && id !== third));
  }
  expect(deleteNotifications(db, [second])).toBe(1);
  expect(Object.values(belongings()).flat()).toEqual([]);
});

test("messages for everyone are counted by their ordinals, whichever of them were removed or trimmed", {
  timeout: 60_000,
}, () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("append" as const),
        kind: fc.constantFrom("all", "all", "some", "signal"),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("remove" as const), at: fc.array(fc.nat(), { maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const), count: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("flash" as const), count: fc.nat(20) }) },
  );
  const all = (sql: string) => db.sqlite.prepare(sql).pluck().all() as number[];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      deleteNotifications(db, all("SELECT id FROM notifications"));
      const kept: { readonly id: number; readonly counts: boolean }[] = [];
      for (const each of steps) {
        if (each.do === "append") {
          const appender = createAppender(db);
          appender.begin();
          const fields = {
            ...(each.kind === "some" && { recipients: ["u1"] }),
            ...(each.kind === "signal" && { event: "update" }),
          };
          kept.push({ id: appender.append(makeEntry("a", fields)), counts: each.kind === "all" });
        } else if (each.do === "flash") {
          // Many that come and go together, while what is older stays.
          const appender = createAppender(db);
          appender.begin();
          deleteNotifications(
            db,
            Array.from({ length: each.count }, () => appender.append(makeEntry("a"))),
          );
        } else if (each.do === "trim") {
          trimNotifications(db, { through: Number.MAX_SAFE_INTEGER, channel: "a", limit: each.count });
          kept.splice(0, each.count);
        } else {
          const ids = new Set(each.at.map((n) => kept[n % kept.length]?.id ?? 0));
          deleteNotifications(db, [...ids]);
          kept.splice(0, kept.length, ...kept.filter(({ id }) => !ids.has(id)));
        }
      }
      // Between any two that are kept: the difference of their ordinals, less what is gone between them.
      const rows = db.sqlite
        .prepare("SELECT id, ordinal, counts FROM notifications WHERE channel_id = 1 ORDER BY id")
        .all() as { id: number; ordinal: number; counts: number }[];
      expect(rows.map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
      const runs = db.sqlite.prepare("SELECT notification_id AS id, count FROM gone WHERE channel_id = 1").all() as {
        id: number;
        count: number;
      }[];
      const [first] = rows;
      for (const { id, ordinal, counts } of rows) {
        const between = runs.filter((run) => run.id < id).reduce((sum, { count }) => sum + count, 0);
        const counted = ordinal + counts - (first?.ordinal ?? 0) - between;
        expect(counted).toBe(kept.filter((one) => one.counts && one.id <= id).length);
      }
      const ids = new Set(kept.map(({ id }) => id));
      expect(
        runs.filter(({ id, count }) => !ids.has(id) || count < 1),
        "every run hangs on a row that is kept",
      ).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("however many expire while an older one is kept, there is one run of them, and counts stay right", () => {
  deleteNotifications(db, db.sqlite.prepare("SELECT id FROM notifications").pluck().all() as number[]);
  const appender = createAppender(db);
  const append = () => {
    appender.begin();
    return appender.append(makeEntry("b"));
  };
  const oldest = append();
  for (let round = 0; round < 10; round += 1) deleteNotifications(db, Array.from({ length: 50 }, append));
  expect(db.sqlite.prepare("SELECT * FROM gone").all()).toEqual([
    { channel_id: 2, notification_id: oldest, count: 500 },
  ]);
  const count = createUnreadCounter(db);
  const unread = () => count({ user: "u1", channels: null, seesTargeted: false, now: 0 });
  expect(unread()).toEqual([{ channel: "b", unread: 1 }]);
  const newest = append();
  expect(unread()).toEqual([{ channel: "b", unread: 2 }]);
  deleteNotifications(db, [oldest]);
  expect(unread()).toEqual([{ channel: "b", unread: 1 }]);
  deleteNotifications(db, [newest]);
  expect([unread(), db.sqlite.prepare("SELECT * FROM gone").all()]).toEqual([[], []]);
});
