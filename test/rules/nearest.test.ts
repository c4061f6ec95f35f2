import { expect, test } from "vitest";
import { nearest, suggest } from "../../server/rules/nearest.ts";

const WORDS = ["publish", "list", "read", "unread", "to", "message"];

test.each([
  ["mesage", "message"],
  ["publsih", "publish"],
  ["publishes", "publish"],
  ["lsit", "list"],
  ["raed", "read"],
  ["unred", "unread"],
  ["tp", "to"],
  ["publish", "publish"],
])("nearest() takes %s for %s", (word, meant) => {
  expect(nearest(word, WORDS)).toBe(meant);
});

test.each(["", "x", "xy", "massages?", "publ", "constructor", "m".repeat(100_000)])(
  "nearest() finds nothing near %#",
  (word) => {
    expect(nearest(word, WORDS)).toBeUndefined();
    expect(suggest(word, WORDS)).toBe("");
  },
);

test("suggest() asks for what was meant", () => {
  expect(suggest("mesage", WORDS)).toBe('; did you mean "message"?');
});
