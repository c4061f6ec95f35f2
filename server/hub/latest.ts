import type { HistoryMatch, HistoryReader } from "../../db/history.ts";
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
/** Most keys that are looked at together. */
const TOGETHER = 100;

/** Finds the newest notification of each key. */
export async function findLatest(
  reader: HistoryReader,
  search: LatestSearch,
  signal?: AbortSignal,
): Promise<LatestFound> {
  const slice = new TimeSlice(signal);
  const { channel, key, limit } = search;
  if (key !== undefined) {
    const newest = await findNewest(reader, { ...search, key }, slice);
    return { ids: newest === undefined ? [] : pick(reader, search.filter, [newest]).map(({ id }) => id), next: null };
  }
  const ids: number[] = [];
  let bytes = 0;
  let last: string | null = null;
  for (let after = search.after; ; await slice.pause()) {
    // One more than is wanted says whether there is more.
    const wanted = Math.min(TOGETHER, limit + 1 - ids.length);
    const keys = reader.newestOfKeys(channel, after, wanted);
    const newest = await newestOf(reader, search, keys, slice);
    const living = new Map(pick(reader, search.filter, newest).map((match) => [match.id, match.bytes]));
    for (const [n, id] of newest.entries()) {
      const size = living.get(id);
      if (size === undefined) continue;
      // That there is more is said only once the reader may see some of it.
      if (ids.length === limit || bytes > BYTES) return { ids, next: last };
      ids.push(id);
      bytes += size;
      last = keys[n]?.key ?? null;
    }
    after = keys.at(-1)?.key ?? after;
    if (keys.length < wanted) return { ids, next: null };
  }
}

/** The newest of each of these keys that may be seen, expired or not; 0: none may. */
async function newestOf(
  reader: HistoryReader,
  search: LatestSearch,
  keys: readonly { readonly key: string; readonly id: number }[],
  slice: TimeSlice,
): Promise<number[]> {
  const ids = keys.map(({ id }) => id);
  const visible = new Set(pick(reader, { ...search.filter, now: 0 }, ids).map(({ id }) => id));
  const newest: number[] = [];
  // Where the newest is for others, the one before it may not be.
  for (const { key, id } of keys) {
    newest.push(visible.has(id) ? id : ((await findNewest(reader, { ...search, key }, slice)) ?? 0));
  }
  return newest;
}

/** Those of these notifications that match. */
function pick(reader: HistoryReader, filter: HistoryFilter, ids: readonly number[]): HistoryMatch[] {
  return reader.match(filter, { first: 0, last: 0, ids }, { direction: "older", limit: ids.length });
}

/** The newest of a key, expired or not. */
async function findNewest(reader: HistoryReader, search: LatestSearch, slice: TimeSlice): Promise<number | undefined> {
  const { range, key } = search;
  const filter = { ...search.filter, channels: [search.channel], key, now: 0 };
  for (const stretch of reader.stretches({ filter, range, direction: "older" })) {
    const [newest] = reader.match(filter, stretch, { direction: "older", limit: 1 });
    if (newest) return newest.id;
    await slice.pause();
  }
  return undefined;
}
