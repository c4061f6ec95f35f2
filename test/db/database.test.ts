import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { databaseFile, openDatabase, prepareFolder } from "../../db/database.ts";
import { DatabaseOpenError } from "../../db/errors.ts";
import { lockFolder } from "../../db/folder_lock.ts";
import { migrate, readMigrations } from "../../db/migrate.ts";
import { makeTempFolder } from "../_temp.ts";

/** The message with which opening a folder is refused. */
function refusal(open: () => Disposable): string {
  try {
    open()[Symbol.dispose]();
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseOpenError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

test("openDatabase() makes every table STRICT", () => {
  using folder = makeTempFolder();
  using db = openDatabase(folder.path);
  const tables = db.sqlite
    .prepare(
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all() as { name: string; strict: number }[];
  expect(tables.length).toBeGreaterThan(5);
  expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
});

test("openDatabase() sets WAL, synchronous=FULL and foreign keys on every open", () => {
  using folder = makeTempFolder();
  for (const options of [{}, {}, { readonly: true }, {}]) {
    using db = openDatabase(folder.path, options);
    const pragma = (name: string) => db.sqlite.pragma(name, { simple: true });
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("synchronous"), "FULL").toBe(2);
    expect(pragma("foreign_keys")).toBe(1);
  }
});

test("openDatabase() enforces foreign keys", () => {
  using folder = makeTempFolder();
  using db = openDatabase(folder.path);
  const insert = db.sqlite.prepare(
    "INSERT INTO sessions (hash, user_id, created_at, expires_at) VALUES ('h', 'x', 0, 0)",
  );
  expect(() => insert.run()).toThrow("FOREIGN KEY");
});

test("openDatabase() read-only cannot write", () => {
  using folder = makeTempFolder();
  openDatabase(folder.path)[Symbol.dispose]();
  using db = openDatabase(folder.path, { readonly: true });
  expect(() => db.sqlite.exec("DELETE FROM notifications")).toThrow("readonly");
});

test("openDatabase() gives a database its epoch once, another than any other database's", () => {
  using folder = makeTempFolder();
  const epochs = [1, 2, 3].map(() => {
    using db = openDatabase(folder.path);
    using reader = openDatabase(folder.path, { readonly: true });
    expect(reader.epoch).toBe(db.epoch);
    return db.epoch;
  });
  expect(new Set(epochs).size).toBe(1);
  expect(epochs[0]).toMatch(/^[a-z0-9]{8}$/);

  const others = Array.from({ length: 5 }, () => {
    using other = makeTempFolder();
    using db = openDatabase(other.path);
    return db.epoch;
  });
  expect(new Set([...others, epochs[0]]).size).toBe(6);
});

test("openDatabase() refuses a database made by a newer version and leaves it alone", () => {
  using folder = makeTempFolder();
  {
    using db = openDatabase(folder.path);
    db.sqlite.pragma("user_version = 999");
  }
  const message = refusal(() => openDatabase(folder.path));
  expect(message).toContain(databaseFile(folder.path));
  expect(message).toContain("newer version");
  expect(message).toContain("999");
  const raw = new Sqlite(databaseFile(folder.path));
  expect(raw.pragma("user_version", { simple: true })).toBe(999);
  raw.close();
});

test("openDatabase() refuses a file that is no database, says which and leaves it alone", () => {
  using folder = makeTempFolder();
  const garbage = Buffer.alloc(8_192, "this is no database. ");
  writeFileSync(databaseFile(folder.path), garbage);
  const message = refusal(() => openDatabase(folder.path));
  expect(message).toContain(databaseFile(folder.path));
  expect(message).toContain("damaged");
  expect(readFileSync(databaseFile(folder.path)).equals(garbage)).toBe(true);
});

test("openDatabase() refuses a database whose pages are destroyed", () => {
  using folder = makeTempFolder();
  openDatabase(folder.path)[Symbol.dispose]();
  const file = databaseFile(folder.path);
  const bytes = readFileSync(file);
  writeFileSync(file, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100, 0xa5)]));
  expect(refusal(() => openDatabase(folder.path))).toContain(file);
});

test("openDatabase() refuses a database that another process has locked, with one line that says what to do", async () => {
  using folder = makeTempFolder();
  openDatabase(folder.path)[Symbol.dispose]();
  const file = databaseFile(folder.path);
  const program = `
    const db = new (require("better-sqlite3"))(${JSON.stringify(file)});
    db.exec("BEGIN IMMEDIATE");
    process.stdout.write("locked");
    process.stdin.resume();`;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const other = spawn(process.execPath, ["-e", program], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(other.stdout, "data");
    expect(refusal(() => openDatabase(folder.path, { timeout: 0 }))).toBe(
      `Cannot open database ${file}: another process has locked it; stop that process first`,
    );
  } finally {
    other.kill();
    await once(other, "exit");
  }
  openDatabase(folder.path, { timeout: 0 })[Symbol.dispose]();
});

test("prepareFolder() makes a missing folder for its owner only, and names one that cannot be", () => {
  using folder = makeTempFolder();
  const deep = `${folder.path}/a/b`;
  prepareFolder(deep);
  openDatabase(deep)[Symbol.dispose]();
  writeFileSync(`${folder.path}/file`, "");
  expect(() => prepareFolder(`${folder.path}/file/data`)).toThrow(DatabaseOpenError);
  expect(() => prepareFolder(`${folder.path}/file/data`)).toThrow(`${folder.path}/file/data`);
});

test("lockFolder() gives a folder to one, and to the next once it is let go", () => {
  using folder = makeTempFolder();
  {
    using _ = lockFolder(folder.path);
    expect(refusal(() => lockFolder(folder.path))).toContain(folder.path);
  }
  lockFolder(folder.path)[Symbol.dispose]();
});

test("lockFolder() names a lock file that cannot be opened, or is none", () => {
  using folder = makeTempFolder();
  mkdirSync(`${folder.path}/belfry.lock`);
  expect(refusal(() => lockFolder(folder.path))).toContain(`${folder.path}/belfry.lock: unable to open`);
  using other = makeTempFolder();
  writeFileSync(`${other.path}/belfry.lock`, Buffer.alloc(4_096, "no database "));
  expect(refusal(() => lockFolder(other.path))).toContain(`${other.path}/belfry.lock: file is not a database`);
});

test("migrate() brings a database up once and counts the migrations", () => {
  const sqlite = new Sqlite(":memory:");
  migrate(sqlite);
  migrate(sqlite);
  expect(sqlite.pragma("user_version", { simple: true })).toBe(readMigrations().length);
  sqlite.close();
});

test("migrate() applies only what is new", () => {
  const sqlite = new Sqlite(":memory:");
  const first = { name: "0000", statements: ["CREATE TABLE a (x) "] };
  const second = { name: "0001", statements: ["CREATE TABLE b (x)", "INSERT INTO b VALUES (7)"] };
  migrate(sqlite, [first]);
  sqlite.exec("INSERT INTO a VALUES (1)");
  migrate(sqlite, [first, second]);
  expect(sqlite.prepare("SELECT a.x, b.x AS y FROM a, b").all()).toEqual([{ x: 1, y: 7 }]);
  sqlite.close();
});

test("migrate() leaves nothing behind of migrations when one of them fails", () => {
  const sqlite = new Sqlite(":memory:");
  const good = { name: "0000", statements: ["CREATE TABLE kept (x)"] };
  const alsoGood = { name: "0001", statements: ["CREATE TABLE lost (x)", "INSERT INTO kept VALUES (1)"] };
  const bad = { name: "0002", statements: ["CREATE TABLE lost_too (x)", "CREATE TABLE kept (x)"] };
  migrate(sqlite, [good]);
  expect(() => migrate(sqlite, [good, alsoGood, bad])).toThrow("already exists");
  expect(sqlite.inTransaction).toBe(false);
  expect(sqlite.pragma("user_version", { simple: true })).toBe(1);
  expect(sqlite.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["kept"]);
  expect(sqlite.prepare("SELECT count(*) FROM kept").pluck().get()).toBe(0);
  sqlite.close();
});

test("readMigrations() orders by number and leaves none out", () => {
  const names = readMigrations().map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index));
});
