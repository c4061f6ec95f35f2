import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { databaseFile, openDatabase } from "../../db/database.ts";
import { migrate, readMigrations } from "../../db/migrate.ts";
import { makeTempFolder } from "../_temp.ts";

/** What 0.1.0 stored: two channels with messages, signals, and messages for some, mixed. */
const ROWS = [
  { channel: 1, event: "notification", recipients: null, key: "k" },
  { channel: 2, event: "notification", recipients: null },
  { channel: 1, event: "update", recipients: null, key: "k" },
  { channel: 1, event: "notification", recipients: ["ann", "ann", "bob"] },
  { channel: 1, event: "notification", recipients: null },
  { channel: 1, event: "update", recipients: ["ann"] },
] as const;

test("openDatabase() gives the rows of an older database their keys, ordinals and recipients, keeps them for ever, and takes them for read", () => {
  using folder = makeTempFolder();
  const old = new Sqlite(databaseFile(folder.path));
  migrate(old, readMigrations().slice(0, 1));
  old.exec("INSERT INTO channels (id, name, created_at) VALUES (1, 'a', 0), (2, 'b', 0)");
  const insert = old.prepare(
    "INSERT INTO notifications (channel_id, event, type, severity, recipients, sender, created_at, json) VALUES (?, ?, 't', 0, ?, 's', 0, ?)",
  );
  for (const { channel, event, recipients, ...json } of ROWS) {
    insert.run(channel, event, recipients && JSON.stringify(recipients), JSON.stringify(json));
  }
  old.exec("INSERT INTO users (id, name, role, created_at) VALUES ('ann', 'Ann', 'member', 0)");
  old.exec("INSERT INTO users (id, name, role, created_at) VALUES ('bob', 'Bob', 'member', 0)");
  old.exec("INSERT INTO audit (at, actor, action, target) VALUES (0, 'jwt', 'user.create', 'bob')");
  old.exec("INSERT INTO audit (at, actor, action, target) VALUES (0, 'cli', 'user.create', 'ann')");
  old.close();

  using db = openDatabase(folder.path);
  const all = (sql: string) => db.sqlite.prepare(sql).raw().all();
  expect(all("SELECT id, key, ordinal, counts FROM notifications ORDER BY id")).toEqual([
    [1, "k", 0, 1],
    [2, null, 0, 1],
    [3, "k", 1, 0],
    [4, null, 1, 0],
    [5, null, 1, 1],
    [6, null, 2, 0],
  ]);
  expect(all("SELECT user_id, channel_id, notification_id, is_message FROM recipients")).toEqual([
    ["ann", 1, 4, 1],
    ["ann", 1, 6, 0],
    ["bob", 1, 4, 1],
  ]);
  expect(all("SELECT user_id, channel_id, through FROM read_marks"), "nobody comes back to a flood").toEqual([
    ["ann", 0, 6],
    ["bob", 0, 6],
  ]);
  expect(all("SELECT id, is_from_application FROM users ORDER BY id")).toEqual([
    ["ann", 0],
    ["bob", 1],
  ]);
  expect(all("SELECT retention_days, retention_count, trimmed FROM channels")).toEqual([
    [null, null, 0],
    [null, null, 0],
  ]);
});
