import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createAppender } from "../../db/notifications.ts";
import { createIndexSearch, indexNotifications, mergeIndex } from "../../db/search.ts";
import { makeEntry } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

test("mergeIndex() leaves few pieces of an index of many, says when nothing is left, and loses nothing", () => {
  using folder = makeTempFolder();
  using db = openDatabase(folder.path);
  db.sqlite.exec("INSERT INTO channels (name, created_at) VALUES ('a', 0)");
  const appender = createAppender(db);
  const ids = Array.from({ length: 40 }, () => {
    appender.begin();
    const id = appender.append(makeEntry("a"));
    indexNotifications(db, { limit: 1 });
    return id;
  });
  const pieces = () => db.sqlite.prepare("SELECT count(DISTINCT segid) FROM search_idx").pluck().get() as number;
  let steps = 0;
  for (; mergeIndex(db, 64) > 0; steps += 1) expect(steps).toBeLessThan(100);
  expect(pieces()).toBeLessThan(10);
  expect(mergeIndex(db, 64)).toBe(0);
  expect(createIndexSearch(db, "newer")("m", { first: 1, last: ids.at(-1) ?? 0 }, 100)).toEqual(ids);
});
