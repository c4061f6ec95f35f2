import type { Database } from "./database.ts";
import { middleOf } from "./usage.ts";

/** What to add up, of which hours (unix hours; `until` is not included). */
export interface UsageQuestion {
  readonly from: number;
  readonly until: number;
  /** Hours that make one point. */
  readonly step: number;
  /** Names of the only channels; null: all. */
  readonly channels: readonly string[] | null;
  readonly types: readonly string[] | null;
  /** What makes a series of its own; null: nothing. */
  readonly by: "channel" | "type" | null;
}

/** What happened in the hours of one point of a series. */
export interface UsageSum {
  /** Name of the channel or the type; empty: there is one series, or it is not known any more. */
  readonly name: string;
  /** The point's number: its first hour divided by the step. */
  readonly slot: number;
  readonly published: number;
  readonly delivered: number;
  readonly read: number;
  readonly acknowledged: number;
}

/** Of those read in the hours of one point, how many took how long. */
export interface ReadTimes {
  readonly name: string;
  readonly slot: number;
  readonly bucket: number;
  readonly count: number;
}

/** Reads counters. */
export interface UsageReader {
  sums(question: UsageQuestion): UsageSum[];
  readTimes(question: UsageQuestion): ReadTimes[];
}

const NAMES = {
  channel: "coalesce((SELECT c.name FROM channels c WHERE c.id = channel_id), '')",
  type: "type",
  none: "''",
};

/** Makes a {@linkcode UsageReader}; its statements are prepared once. */
export function createUsageReader({ sqlite }: Database): UsageReader {
  const prepare = (table: string, columns: string, group: string) => {
    const select = (name: string) =>
      sqlite.prepare(
        `SELECT ${name} AS name, hour / CAST(@step AS INTEGER) AS slot, ${columns} FROM ${table}
         WHERE hour >= @from AND hour < @until
           AND (@channels IS NULL
             OR channel_id IN (SELECT id FROM channels WHERE name IN (SELECT value FROM json_each(@channels))))
           AND (@types IS NULL OR type IN (SELECT value FROM json_each(@types)))
         GROUP BY ${group}`,
      );
    const statements = { channel: select(NAMES.channel), type: select(NAMES.type), none: select(NAMES.none) };
    return ({ by, channels, types, ...rest }: UsageQuestion) =>
      statements[by ?? "none"].all({
        ...rest,
        channels: channels && JSON.stringify(channels),
        types: types && JSON.stringify(types),
      });
  };
  const facts = ["published", "delivered", "read", "acknowledged"].map((name) => `sum(${name}) AS ${name}`);
  return {
    sums: prepare("usage", facts.join(", "), "name, slot") as UsageReader["sums"],
    readTimes: prepare("read_times", "bucket, sum(count) AS count", "name, slot, bucket") as UsageReader["readTimes"],
  };
}

/** The median of reading times in ms, about; null: there are none. */
export function medianOf(times: readonly Pick<ReadTimes, "bucket" | "count">[]): number | null {
  const half = times.reduce((sum, { count }) => sum + count, 0) / 2;
  let passed = 0;
  for (const { bucket, count } of times.toSorted((one, other) => one.bucket - other.bucket)) {
    passed += count;
    if (passed >= half) return middleOf(bucket);
  }
  return null;
}
