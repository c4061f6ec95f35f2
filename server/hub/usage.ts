import type { Database } from "../../db/database.ts";
import { HOUR } from "../../db/usage.ts";
import {
  createUsageReader,
  medianOf,
  type ReadTimes,
  type UsageReader,
  type UsageSum,
} from "../../db/usage_history.ts";
import type { UsageHistory, UsageInput, UsageSeries } from "../rules/usage.ts";
import { TimeSlice } from "./time_slice.ts";

/** Hours that are added up at once. */
const CHUNK = 24;
/** Most series of one answer. */
const MOST = 50;

interface Sums {
  readonly sums: UsageSum[];
  readonly times: ReadTimes[];
}

/** Reads what was counted, as series for charts. */
export class Usage {
  readonly #reader: UsageReader;

  constructor(db: Database) {
    this.#reader = createUsageReader(db);
  }

  /**
   * What happened in a time, of these channels (null: all).
   *
   * @throws {DOMException} an AbortError once the signal aborts.
   */
  async history(input: UsageInput, channels: ReadonlySet<string> | null, signal?: AbortSignal): Promise<UsageHistory> {
    const { from, until, step, types = null, by = null } = input;
    const question = { step: step / HOUR, channels: channels && [...channels], types, by };
    const slice = new TimeSlice(signal);
    const found = new Map<string, Sums>();
    const of = (name: string): Sums => {
      const sums = found.get(name) ?? { sums: [], times: [] };
      found.set(name, sums);
      return sums;
    };
    if (!by) of("");
    const last = until / HOUR;
    for (let hour = from / HOUR; hour < last; hour += CHUNK) {
      const part = { ...question, from: hour, until: Math.min(last, hour + CHUNK) };
      for (const sum of this.#reader.sums(part)) of(sum.name).sums.push(sum);
      for (const time of this.#reader.readTimes(part)) of(time.name).times.push(time);
      await slice.pause();
    }
    const series = [...found].map(([name, sums]) => toSeries(by ? name : null, sums, input));
    const size = ({ points }: UsageSeries) => points.reduce((sum, { published }) => sum + published, 0);
    const largest = series.toSorted((one, other) => size(other) - size(one)).slice(0, MOST);
    return { from: new Date(from).toISOString(), until: new Date(until).toISOString(), series: largest };
  }
}

function toSeries(name: string | null, { sums, times }: Sums, { from, until, step }: UsageInput): UsageSeries {
  const bySlot = Map.groupBy(sums, ({ slot }) => slot);
  const timesBySlot = Map.groupBy(times, ({ slot }) => slot);
  const points = Array.from({ length: (until - from) / step }, (_, n) => {
    const slot = from / step + n;
    const { published, delivered, read, acknowledged } = bySlot.get(slot)?.[0] ?? NOTHING;
    const medianReadMs = medianOf(timesBySlot.get(slot) ?? []);
    return { at: new Date(slot * step).toISOString(), published, delivered, read, acknowledged, medianReadMs };
  });
  return { name, points };
}

const NOTHING = { published: 0, delivered: 0, read: 0, acknowledged: 0 };
