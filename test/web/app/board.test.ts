import { expect, test } from "vitest";
import { progressOf, summaryOf } from "../../../web/app/state/board.ts";

test("progressOf() reads percents out of data, and nothing out of anything else", () => {
  expect([{ progress: 40 }, { percent: 100 }, { progress: 0 }].map(progressOf)).toEqual([0.4, 1, 0]);
  expect([{ progress: "40" }, { progress: 140 }, null, [], 7, undefined].map(progressOf)).toEqual(
    Array(6).fill(undefined),
  );
});

test("summaryOf() says a state in one line, by its words or else its data", () => {
  expect(summaryOf({ title: "T", message: "M", data: 1 })).toBe("T");
  expect(summaryOf({ message: "M" })).toBe("M");
  expect(summaryOf({ data: { a: 1 } })).toBe('{"a":1}');
  expect(summaryOf({})).toBe("");
});
