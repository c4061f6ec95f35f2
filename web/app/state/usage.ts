import { useQuery } from "@tanstack/solid-query";
import { createSignal } from "solid-js";
import { type DayValue, dayOf } from "./chart.ts";
import { formatCount, formatSpan } from "./figures.ts";
import { type Answers, useHub } from "./hub.ts";

/** How many days the charts show. */
export const DAYS = 90;
/** How often they are read again while somebody looks, in ms. */
const REFRESH = 10_000;
const DAY = 86_400_000;

/** Which notifications are counted; empty: all. */
export interface UsageFilter {
  readonly channel: string;
  readonly type: string;
}

type Answer = Answers["stats"]["history"];
type Point = Answer["series"][number]["points"][number];

/** What happened on one day, in UTC. */
export interface UsageDay extends Omit<Point, "at"> {
  readonly day: string;
}

/** What can be counted, in the order of a notification's life. */
export const FACTS = [
  { name: "published", label: "Published" },
  { name: "delivered", label: "Delivered" },
  { name: "read", label: "Read" },
  { name: "acknowledged", label: "Acknowledged" },
] as const;

/** The name of a fact that is counted. */
export type FactName = (typeof FACTS)[number]["name"];

/** What happened, of one channel or type. */
export interface UsageSum extends Readonly<Record<FactName, number>> {
  readonly name: string;
}

/** Creates the history of use, day by day, with its filter; `now` is unix ms. */
export function createUsage(now: () => number) {
  const hub = useHub();
  const [filter, setFilter] = createSignal<UsageFilter>({ channel: "", type: "" });
  const days = useQuery(() => ({
    queryKey: ["usage", filter()],
    queryFn: () => hub.trpc.stats.history.query(toInput(filter(), now())),
    refetchInterval: REFRESH,
  }));
  const useSums = (by: "channel" | "type") =>
    useQuery(() => ({
      queryKey: ["usage", filter(), by],
      queryFn: () => hub.trpc.stats.history.query({ ...toInput(filter(), now()), by }),
      refetchInterval: REFRESH,
    }));
  return {
    filter,
    setFilter: (change: Partial<UsageFilter>) => setFilter((old) => ({ ...old, ...change })),
    days,
    byChannel: useSums("channel"),
    byType: useSums("type"),
  };
}

function toInput({ channel, type }: UsageFilter, now: number) {
  return {
    from: `${dayOf(now - (DAYS - 1) * DAY)}T00:00:00.000Z`,
    step: "day" as const,
    ...(channel && { channels: [channel] }),
    ...(type && { types: [type] }),
  };
}

/** The days of the charts, the oldest first. */
export function toDays({ series }: Answer): UsageDay[] {
  return (series[0]?.points ?? []).map(({ at, ...rest }) => ({ ...rest, day: dayOf(Date.parse(at)) }));
}

/** The values of one fact. */
export function valuesOf(days: readonly UsageDay[], fact: FactName | "medianReadMs"): DayValue[] {
  return days.map((it) => ({ day: it.day, value: it[fact] }));
}

/** How often a fact happened in all. */
export function sumOf(days: readonly Pick<UsageDay, FactName>[], fact: FactName): number {
  return days.reduce((sum, it) => sum + it[fact], 0);
}

/** What happened by channel or type, the busiest first. */
export function toSums({ series }: Answer): UsageSum[] {
  return series
    .map(({ name, points }) => ({
      name: name || "Not known any more",
      ...{ published: sumOf(points, "published"), delivered: sumOf(points, "delivered") },
      ...{ read: sumOf(points, "read"), acknowledged: sumOf(points, "acknowledged") },
    }))
    .sort((one, other) => other.published - one.published || one.name.localeCompare(other.name));
}

/** Writes a count, or a time to read. */
export function formatFact(fact: FactName | "medianReadMs", value: number): string {
  return fact === "medianReadMs" ? formatSpan(value) : formatCount(value);
}

/** Where the history of what is counted is exported from. */
export function exportUrl({ channel, type }: UsageFilter, format: "jsonl" | "csv"): string {
  const query = new URLSearchParams({ format, ...(channel && { channels: channel }), ...(type && { types: type }) });
  return `/api/notifications/export?${query}`;
}
