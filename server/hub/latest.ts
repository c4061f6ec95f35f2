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
  /** The last key looked at; null: there is no further one. */
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
  let next = key ?? keyAfter(search.after);
  for (let last = search.after; next !== undefined; next = keyAfter(last)) {
    if (ids.length === limit || bytes > BYTES) return { ids, next: last };
    last = next;
    const newest = await findNewest(reader, { ...search, key: next }, slice);
    const found = newest === undefined ? [] : reader.match(filter, { first: newest, last: newest }, NEWEST);
    for (const match of found) {
      ids.push(match.id);
      bytes += match.bytes;
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
