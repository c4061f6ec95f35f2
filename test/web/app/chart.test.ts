import { expect, test } from "vitest";
import { dayOf, placeBars, roundUp } from "../../../web/app/state/chart.ts";

test("dayOf() is the day in UTC", () => {
  expect(dayOf(Date.UTC(2030, 2, 1, 0, 30))).toBe("2030-03-01");
});

test("roundUp() ends a scale at 1, 2 or 5 with zeros", () => {
  expect([0, 1, 1.2, 3, 7, 10, 11, 480, 501].map(roundUp)).toEqual([1, 1, 2, 5, 10, 10, 20, 500, 1_000]);
});

test("placeBars() keeps bars within the drawing; little can be seen, nothing cannot", () => {
  const values = [0, 1, 1_000, null].map((value, at) => ({ day: `2030-01-0${at + 1}`, value }));
  const bars = placeBars(values, 1_000, { width: 400, height: 100 });
  expect(bars.map(({ height }) => height)).toEqual([0, 1.5, 100, 0]);
  for (const { x, y, width, height } of bars) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(400);
    expect(y + height).toBe(100);
  }
  expect(placeBars([], 1, { width: 400, height: 100 })).toEqual([]);
});
