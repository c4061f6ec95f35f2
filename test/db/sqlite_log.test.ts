import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { makeChannel, makeEntry, openTestLog } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";
import { testEventLog } from "./_event_log_contract.ts";

testEventLog("SqliteLog", () => {
  const folder = makeTempFolder();
  let isNew = true;
  return {
    async open() {
      const open = await openTestLog(folder.path);
      if (isNew) await Promise.all(["a", "b"].map((name) => makeChannel(open.writer, name)));
      isNew = false;
      return open;
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
});

test("SqliteLog.oldest() never lags behind what read() can give: a trim that is committed is known", async () => {
  using folder = makeTempFolder();
  await using open = await openTestLog(folder.path);
  const { log, writer } = open;
  await makeChannel(writer, "a");
  await Promise.all(Array.from({ length: 10 }, () => log.append(makeEntry("a"))));

  using eye = openDatabase(folder.path, { readonly: true });
  const count = eye.sqlite.prepare("SELECT count(*) FROM notifications").pluck();
  const trimmed = log.trim(5);
  // The writer takes the command in the next turn; then this thread stands still, as under load, until it is on disk.
  await new Promise((resolve) => setImmediate(resolve));
  for (const end = performance.now() + 5_000; count.get() !== 5 && performance.now() < end; );
  expect(count.get()).toBe(5);
  const oldest = log.oldest();
  const { records } = await log.read(0);
  expect(records[0]?.id).toBe(6);
  expect(oldest, "a reader at 0 must see that 1 to 5 are lost, or it skips them silently").toBe(6);
  await trimmed;
});
