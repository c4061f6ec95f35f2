import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { listDeliveries } from "../../db/deliveries.ts";
import { Deliveries } from "../../server/hub/deliveries.ts";
import type { Filter } from "../../server/hub/filter.ts";
import { Hub } from "../../server/hub/hub.ts";
import { makeEntry } from "../_log.ts";
import { fail, useTestLog } from "./_hub.ts";

const ANN: Filter = { channels: null, types: null, minSeverity: 0, user: "ann", seesTargeted: false };

const open = useTestLog(["a"]);

test("an iterated stream that is left for a while learns that it missed what did not wait for it", async () => {
  using hub = new Hub({ log: open.log, hasChannel: () => true, now: () => 0, onError: fail });
  const items = hub.open({ filter: ANN }).items();
  await items.next();
  for (let id = 1; id <= 100; id += 1) hub.tell("ann", { event: "read", read: true, ids: [id] });
  const told: unknown[] = [];
  while (told.length === 0 || !JSON.stringify(told.at(-1)).includes("null"))
    told.push((await items.next()).value?.item);
  expect(told).toHaveLength(65);
  expect(told[64]).toEqual({ event: "read", read: null });
  expect(told[63]).toEqual({ event: "read", read: true, ids: [64] });
  hub.tell("ann", { event: "acknowledged", acknowledged: 1, settled: false });
  expect((await items.next()).value?.item).toEqual({ event: "acknowledged", acknowledged: 1, settled: false });
  await items.return();
});

test("deliveries are noted together, each once, a bounded number in a command, and what waits when it is disposed", async () => {
  const entry = makeEntry("a", { ack: "anyone" });
  const ids = [(await open.log.append(entry)).id, (await open.log.append(entry)).id];
  const sizes: number[] = [];
  using _ = open.writer.onCommit((committed) => {
    for (const { command } of committed) {
      if (command.kind === "notification.deliver") sizes.push(command.input.delivered.length);
    }
  });
  let now = 5;
  {
    await using deliveries = new Deliveries({ writer: open.writer, now: () => now, onError: fail });
    for (let user = 0; user < 1_250; user += 1) deliveries.note(`u${user}`, ids);
    now = 6;
    deliveries.note("u0", ids);
    await expect.poll(() => sizes.length, { timeout: 20_000, interval: 20 }).toBe(1);
    deliveries.note("late", ids);
  }
  expect(sizes).toEqual([1_000, 1_000, 502]);
  using db = openDatabase(open.path, { readonly: true });
  for (const id of ids) {
    const rows = listDeliveries(db, id);
    expect(rows).toHaveLength(1_251);
    expect(rows.filter(({ at }) => at !== 5)).toEqual([{ user: "late", at: 6 }]);
  }
});

test("deliveries that cannot be stored are told, and do not keep the hub from stopping", async () => {
  const errors: unknown[] = [];
  const writer = { execute: () => Promise.reject(new Error("no disk")) };
  const deliveries = new Deliveries({ writer, now: () => 0, onError: (error) => errors.push(error) });
  for (let user = 0; user < 3_000; user += 1) deliveries.note(`u${user}`, [1]);
  await deliveries[Symbol.asyncDispose]();
  expect(errors).toEqual([new Error("no disk")]);
});
