import type { Database } from "./database.ts";
import type { Range } from "./history_sources.ts";

/** How much later than the next one a notification may have been stamped, in ms: clocks are set back a little. */
const SLACK = 600_000;

/** Finds by halving between which ids everything lies that was published in a time, and perhaps a little more. */
export function createTimeFinder({ sqlite }: Database) {
  const next = sqlite.prepare("SELECT id, created_at FROM notifications WHERE id >= ? ORDER BY id LIMIT 1").raw();

  const firstSince = (time: number, { first, last }: Range): number => {
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = next.get(middle) as [id: number, createdAt: number] | undefined;
      if (!row || row[1] >= time) high = middle;
      else low = row[0] + 1;
    }
    return low;
  };

  /** The part of a range that was published between two times (unix ms), both included, or about then. */
  return (
    range: Range,
    { from, until }: { readonly from?: number | undefined; readonly until?: number | undefined },
  ): Range => ({
    first: from === undefined ? range.first : firstSince(from - SLACK, range),
    last: until === undefined ? range.last : firstSince(until + SLACK + 1, range) - 1,
  });
}
