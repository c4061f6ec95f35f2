import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorText, formatCursor, parseCursor } from "../../server/rules/cursor.ts";

test("parseCursor() reads what formatCursor() wrote", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{8}$/), fc.nat(), (epoch, id) => {
      expect(parseCursor(formatCursor(epoch, id))).toEqual({ epoch, id });
    }),
  );
});

test("parseCursor() reads a bare id as one of the database at hand", () => {
  expect(parseCursor("42")).toEqual({ epoch: null, id: 42 });
  expect(parseCursor("0")).toEqual({ epoch: null, id: 0 });
});

test.each([
  "",
  " ",
  "-",
  "abc",
  "abc-",
  "-5",
  "1.5",
  "1e5",
  "ABC-1",
  "k3v9x0ab-1-2",
  "k3v9x0ab-42\n",
  "42\n",
  "\n42",
  "9999999999999999",
  "abcdefghijklmnopq-1",
  "null",
  "k3v9x0ab-0x10",
  "١٢",
])("parseCursor() takes %j for none", (text) => {
  expect(parseCursor(text)).toBeUndefined();
  expect(cursorText.safeParse(text).success).toBe(false);
});

test("parseCursor() gives ids that are exact, or none", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const cursor = parseCursor(text);
      if (cursor) expect(Number.isSafeInteger(cursor.id)).toBe(true);
    }),
  );
});
