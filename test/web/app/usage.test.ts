import { expect, test } from "vitest";
import { exportUrl, formatFact, sumOf, toDays, toSums, valuesOf } from "../../../web/app/state/usage.ts";

const point = (at: string, published: number, medianReadMs: number | null = null) => ({
  ...{ at: `${at}T00:00:00.000Z`, published, delivered: 2 * published, read: 1, acknowledged: 0, medianReadMs },
});
const history = (...series: { name: string | null; points: ReturnType<typeof point>[] }[]) => ({
  ...{ from: "2030-01-01T00:00:00.000Z", until: "2030-01-03T00:00:00.000Z", series },
});

test("toDays() names each point by its day, and valuesOf() and sumOf() tell one fact of them", () => {
  const days = toDays(history({ name: null, points: [point("2030-01-01", 3), point("2030-01-02", 4, 90_000)] }));
  expect(valuesOf(days, "published")).toEqual([
    { day: "2030-01-01", value: 3 },
    { day: "2030-01-02", value: 4 },
  ]);
  expect(valuesOf(days, "medianReadMs").map(({ value }) => value)).toEqual([null, 90_000]);
  expect(sumOf(days, "delivered")).toBe(14);
  expect(toDays(history())).toEqual([]);
});

test("toSums() adds up each series, the busiest first", () => {
  const sums = toSums(
    history(
      { name: "quiet", points: [point("2030-01-01", 1)] },
      { name: "busy", points: [point("2030-01-01", 2), point("2030-01-02", 3)] },
    ),
  );
  expect(sums.map(({ name, published, read }) => [name, published, read])).toEqual([
    ["busy", 5, 2],
    ["quiet", 1, 1],
  ]);
});

test("formatFact() writes counts with their thousands, and times in two units", () => {
  expect(formatFact("published", 12_345)).toBe("12,345");
  expect(formatFact("medianReadMs", 90_000)).toBe("1 min 30 s");
});

test("exportUrl() asks for what the charts show", () => {
  expect(exportUrl({ channel: "", type: "" }, "csv")).toMatch(/\?format=csv$/);
  expect(exportUrl({ channel: "ops", type: "a.b" }, "jsonl")).toMatch(/\?format=jsonl&channels=ops&types=a.b$/);
});
