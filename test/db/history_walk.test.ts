import fc from "fast-check";
import { expect, test } from "vitest";
import type { Source } from "../../db/history_sources.ts";
import { MergeWalk } from "../../db/history_walk.ts";

const lists = fc
  .uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 5_000 }), of: fc.nat(12) }), {
    selector: ({ id }) => id,
    maxLength: 1_500,
    size: "max",
  })
  .map((items) => [...Map.groupBy(items, ({ of }) => of).values()].map((list) => list.map(({ id }) => id)));

test("MergeWalk gives what is in any source and in the range, in the order of its direction, whatever is taken at once", () => {
  const bound = fc.integer({ min: 0, max: 5_000 });
  const property = fc.property(
    lists,
    bound,
    bound,
    fc.boolean(),
    fc.infiniteStream(fc.integer({ min: 1, max: 90 })),
    (all, one, other, isOlder, sizes) => {
      const range = { first: Math.min(one, other), last: Math.max(one, other) };
      const order = (a: number, b: number) => (isOlder ? b - a : a - b);
      const sources = all.map((list): Source => {
        const sorted = list.toSorted(order);
        return ({ first, last }, limit) => sorted.filter((id) => id >= first && id <= last).slice(0, limit);
      });
      const walk = new MergeWalk(sources, range, isOlder ? "older" : "newer");
      const taken: number[] = [];
      for (const size of sizes) {
        const ids = walk.take(size);
        expect(ids.length).toBeLessThanOrEqual(size);
        if (ids.length === 0) break;
        taken.push(...ids);
      }
      const wanted = all.flat().filter((id) => id >= range.first && id <= range.last);
      expect(taken).toEqual(wanted.toSorted(order));
    },
  );
  fc.assert(property, { numRuns: 60 });
});
