import type { HistoryReader } from "../../db/history.ts";
import type { HistoryFilter } from "../../db/history_filter.ts";
import type { Range } from "../../db/history_plan.ts";
import { TimeSlice } from "./time_slice.ts";

/** Of which keys the newest notification is wanted. */
export interface LatestSearch {
  /** Without a key; what has expired by its `now` is gone, and does not bring back what it replaced. */
  readonly filter: HistoryFilter;
  readonly channel: number;
  readonly range: Range;
  /** Only this one; absent: all after `after`. */
  readonly key?: string | undefined;
  readonly after: string;
  readonly limit: number;
}

/** What was found: ids in the order of their keys. */
export interface LatestFound {
  readonly ids: readonly number[];
  /** The last key found; null: after it there is none that the reader may see, whatever others may. */
  readonly next: string | null;
}

/** Most bytes of JSON of one answer. */
const BYTES = 1024 * 1024;

/** Finds the newest notification of each key. */
export async function findLatest(
  reader: HistoryReader,
  search: LatestSearch,
  signal?: AbortSignal,
): Promise<LatestFound> {
  const { filter, channel, key, limit } = search;
  const ids: number[] = [];
  let bytes = 0;
  const slice = new TimeSlice(signal);
  const keyAfter = (after: string) => (key === undefined ? reader.nextKey(channel, after) : undefined);
  let last = search.after;
  for (let next = key ?? keyAfter(last); next !== undefined; next = keyAfter(next)) {
    const newest = await findNewest(reader, { ...search, key: next }, slice);
    const [match] = newest === undefined ? [] : reader.match(filter, { first: newest, last: newest }, NEWEST);
    if (match) {
      // That there is more is said only once the reader may see some of it.
      if (ids.length === limit || bytes > BYTES) return { ids, next: last };
      ids.push(match.id);
      bytes += match.bytes;
      last = next;
    }
    await slice.pause();
  }
  return { ids, next: null };
}

const NEWEST = { direction: "older", limit: 1 } as const;

/** The newest of a key, expired or not. */
async function findNewest(reader: HistoryReader, search: LatestSearch, slice: TimeSlice): Promise<number | undefined> {
  const { range, key } = search;
  const filter = { ...search.filter, channels: [search.channel], key, now: 0 };
  for (const stretch of reader.stretches({ filter, range, direction: "older" })) {
    const [newest] = reader.match(filter, stretch, NEWEST);
    if (newest) return newest.id;
    await slice.pause();
  }
  return undefined;
}
