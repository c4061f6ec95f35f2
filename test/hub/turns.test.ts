import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Fifo } from "../../server/hub/fifo.ts";
import { Turns } from "../../server/hub/turns.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("Turns gives a few per turn of the event loop, first come first served", async () => {
  const turns = new Turns();
  const served: number[] = [];
  for (let n = 0; n < 10; n += 1) void turns.take().then(() => served.push(n));
  for (const count of [4, 8, 10]) {
    await turn();
    expect(served).toEqual(Array.from({ length: count }, (_, n) => n));
  }
});

test("Turns lets go of those that it has served, also while there always is somebody who waits", async () => {
  const turns = new Turns();
  const taken: WeakRef<Promise<void>>[] = [];
  let served = 0;
  const take = () => {
    const promise = turns.take();
    taken.push(new WeakRef(promise));
    void promise.then(() => {
      served += 1;
      if (taken.length < 2_000) take();
    });
  };
  for (let n = 0; n < 100; n += 1) take();
  while (served < 1_500) await turn();
  await turn();
  collect();
  const held = taken.slice(0, served).filter((each) => each.deref() !== undefined);
  expect(held.length, "what is held of 1,500 that were served").toBeLessThan(10);
});

test("Fifo gives what was added, in order, however it is used", () => {
  const fifo = new Fifo<number>();
  let added = 0;
  let taken = 0;
  for (let round = 1; round < 400; round += 1) {
    for (let n = (round * 7) % 31; n > 0; n -= 1) fifo.add(added++);
    for (let n = (round * 11) % 31; n > 0 && fifo.size > 0; n -= 1) {
      expect(fifo.first).toBe(taken);
      expect(fifo.take()).toBe(taken++);
    }
    expect(fifo.size).toBe(added - taken);
  }
  while (fifo.size > 0) expect(fifo.take()).toBe(taken++);
  expect([taken, fifo.take(), fifo.first]).toEqual([added, undefined, undefined]);
});

test("Fifo stays small while it is never empty", () => {
  const fifo = new Fifo<number>();
  fifo.add(0);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 2_000_000; n += 1) {
    fifo.add(n);
    fifo.take();
  }
  collect();
  expect(process.memoryUsage().heapUsed - before, "an empty place is 8 bytes").toBeLessThan(4e6);
  expect(fifo.size).toBe(1);
});
