import fc from "fast-check";
import { expect, test } from "vitest";
import { holdsOpen, parseQuestion, toMatch, widen, wordsOf } from "../../db/words.ts";

test.each([
  ["Disk full on DB-1!", ["disk", "full", "on", "db", "1"]],
  ["ÄRGER İstanbul Straße ŁÓDŹ", ["arger", "istanbul", "strasse", "lodz"]],
  ["ﬁle Ⅳ ｆｕｌｌ", ["file", "iv", "full"]],
  ["ΟΔΟΣ οδός", ["οδοσ", "οδοσ"]],
  ["東京タワー", ["東", "京", "タ", "ワ", "ー"]],
  ["한국어 हिन्दी", ["한국어", "हिन्दी"]],
  ["🔔 % _ \u0000 \ud800", []],
  [`${"x".repeat(100)}y`, ["x".repeat(64)]],
])("wordsOf(%j) folds case and accents, and splits what has no spaces", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test.each([
  ["disk full", [["disk"]], ["full"]],
  ["disk full ", [["disk"]], ["full"]],
  ['"disk full"', [["disk", "full"]], null],
  ['say "disk fu', [["say"]], ["disk", "fu"]],
  [
    '"disk full" db-1',
    [
      ["disk", "full"],
      ["db", "1"],
    ],
    null,
  ],
  ['a"b c"d', [["a"], ["b", "c"], ["d"]], null],
  ["c", [["c"]], null],
  ['"" !!! -- disk', [], ["disk"]],
])(
  "parseQuestion(%j) makes phrases; the last word may go on unless it is closed or too short",
  (text, phrases, open) => {
    expect(parseQuestion(text)).toEqual({ phrases, open });
  },
);

test("parseQuestion() says that there is no word", () => {
  for (const text of ["", "   ", '"', '""', "%% 🔔 *"]) expect(parseQuestion(text)).toBeNull();
});

test("toMatch() lets nothing of the text through to FTS5 but words in quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      const question = parseQuestion(text);
      if (!question) return;
      for (const match of [toMatch(question), toMatch(widen(question))]) {
        expect(match).toMatch(/^\{title message\} : \((?:"[^"\s]+(?: [^"\s]+)*"(?: \*)?(?: AND )?)+\)$/u);
        for (const [, words = ""] of match.matchAll(/"([^"]*)"/g)) expect(wordsOf(words).join(" ")).toBe(words);
      }
    }),
  );
});

test("holdsOpen() asks for the words in their order, the last one as far as it goes", () => {
  expect(holdsOpen("the disk is fuller", ["is", "ful"])).toBe(true);
  expect(holdsOpen("the disk is fuller", ["disk", "ful"])).toBe(false);
  expect(holdsOpen("the disk is fuller", ["dis"])).toBe(true);
  expect(holdsOpen("the disk is fuller", ["is", "fullest"])).toBe(false);
  expect(holdsOpen("full", ["is", "full"])).toBe(false);
});

test("holdsOpen() finds one word in a text as it finds it among the text's words", () => {
  const text = fc.array(fc.constantFrom("disk", "Diskette", "x", "9", " ", "-", "_", "ä", "ful"), { maxLength: 8 });
  fc.assert(
    fc.property(text, fc.constantFrom("disk", "di", "x9", "ful", "dis", "9"), (parts, word) => {
      const found = wordsOf(parts.join("")).some((one) => one.startsWith(word));
      expect(holdsOpen(parts.join(""), [word])).toBe(found);
    }),
  );
});
