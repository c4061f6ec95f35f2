import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { readFreeSpace, shrinkDatabase } from "../../db/retention.ts";
import { makeTempFolder } from "../_temp.ts";

test.each([
  ["gives free pages back", "INCREMENTAL", 30],
  ["gives nothing back where the file cannot shrink, and says so", "NONE", 0],
])("shrinkDatabase() %s", (_claim, mode, expected) => {
  using folder = makeTempFolder();
  using db = openDatabase(folder.path);
  const { sqlite } = db;
  sqlite.pragma("journal_mode = DELETE");
  sqlite.pragma(`auto_vacuum = ${mode}`);
  sqlite.exec("VACUUM; CREATE TABLE big (bytes BLOB); INSERT INTO big VALUES (zeroblob(400000)); DELETE FROM big");
  const { free } = readFreeSpace(db);
  expect(free).toBeGreaterThan(50);
  expect(shrinkDatabase(db, 30)).toBe(expected);
  expect(readFreeSpace(db).free).toBe(free - expected);
});
