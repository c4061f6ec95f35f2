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

/** Takes everything, so many at a time. */
function takeAll(walk: MergeWalk, sizes: Iterable<number>): number[] {
  const taken: number[] = [];
  for (const size of sizes) {
    const ids = walk.take(size);
    expect(ids.length).toBeLessThanOrEqual(size);
    taken.push(...ids);
    // A source may turn out to be empty; a walk that gives nothing is over.
    if (ids.length === 0) break;
  }
  return taken;
}

test("MergeWalk gives what is in any source and in the range, in the order of its direction, whatever is taken at once", () => {
  const end = fc.integer({ min: 0, max: 5_000 });
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 90 }));
  const property = fc.property(
    lists,
    end,
    end,
    fc.boolean(),
    fc.nat(50),
    sizes,
    (all, one, other, isOlder, slack, taken) => {
      const range = { first: Math.min(one, other), last: Math.max(one, other) };
      const order = (a: number, b: number) => (isOlder ? b - a : a - b);
      const isIn = (id: number) => id >= range.first && id <= range.last;
      const sources = all.map((list, channel): Source => {
        const sorted = list.toSorted(order);
        const next: Source["next"] = ({ first, last }, limit) =>
          sorted.filter((id) => id >= first && id <= last).slice(0, limit);
        // It may say less than it knows: that its first comes later than it says.
        const begin = sorted.find(isIn) ?? (isOlder ? range.first : range.last);
        const bound = isOlder ? Math.min(range.last, begin + slack) : Math.max(range.first, begin - slack);
        return { channel, bound, next };
      });
      const walk = new MergeWalk(sources, range, isOlder ? "older" : "newer");
      expect(takeAll(walk, taken)).toEqual(all.flat().filter(isIn).toSorted(order));
    },
  );
  fc.assert(property, { numRuns: 100 });
});

test("MergeWalk asks only those sources whose turn comes", () => {
  const asked: number[] = [];
  const sources = Array.from(
    { length: 100 },
    (_, channel): Source => ({
      ...{ channel, bound: channel + 1 },
      next: ({ last }) => {
        asked.push(channel);
        return last === channel + 1 ? [channel + 1] : [];
      },
    }),
  );
  expect(new MergeWalk(sources, { first: 1, last: 100 }, "older").take(3)).toEqual([100, 99, 98]);
  expect(asked).toEqual([99, 98, 97]);
});
