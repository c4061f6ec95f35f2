import { expect, test } from "vitest";
import { checkFile, MAX_LINES } from "../../scripts/checks/rules.ts";

/** `line rule` of every violation in a file. */
function check(path: string, ...lines: string[]): string[] {
  return checkFile(path, lines.join("\n")).map(({ line, rule }) => `${line} ${rule}`);
}

const DOC = "/** A thing. */";

test("checkFile() lets a proper file pass", () => {
  expect(
    check(
      "server/hub/thing.ts",
      "/** What it is. */",
      'import { readHead } from "../../db/notifications.ts";',
      'import type { Draft } from "../rules/draft.ts";',
      'export { other } from "./other.ts";',
      DOC,
      "export function thing(at: number): Date {",
      "  return new Date(at);",
      "}",
      "/**",
      " * Longer.",
      " */",
      "// biome-ignore lint: because",
      "export const other = 1;",
    ),
  ).toEqual([]);
});

test.each([
  ["db/a.ts", 'import { a } from "../server/clock.ts";'],
  ["server/rules/a.ts", 'import { a } from "../../db/errors.ts";'],
  ["server/hub/a.ts", 'import { a } from "../auth/caller.ts";'],
  ["server/hub/a.ts", 'import type { A } from "../auth/caller.ts";'],
  ["server/auth/a.ts", 'import { a } from "../hub/hub.ts";'],
  ["server/http/a.ts", 'import { a } from "../trpc/init.ts";'],
  ["server/trpc/a.ts", 'import { a } from "../http/app.ts";'],
  ["server/trpc/a.ts", 'import { a } from "../clock.ts";'],
  ["server/main.ts", 'import { a } from "../scripts/cli.ts";'],
  ["web/client/a.ts", 'import { a } from "../../server/rules/cursor.ts";'],
  ["web/client/a.ts", 'export { a } from "../../server/rules/cursor.ts";'],
  ["web/app/a.tsx", 'import type { A } from "../../server/rules/cursor.ts";'],
  ["web/bell/a.ts", 'import { a } from "../app/a.ts";'],
  ["scripts/a.ts", 'import { a } from "../test/_temp.ts";'],
  ["scripts/a.ts", 'import { a } from "../web/app/a.ts";'],
  ["attic/a.ts", 'import { a } from "./b.ts";'],
  ["server/hub/a.ts", 'import "../http/app.ts";'],
  ["server/hub/a.ts", 'const a = await import("../http/app.ts");'],
  ["server/hub/a.ts", 'new Worker(new URL("../http/app.ts", import.meta.url));'],
  ["server/hub/a.ts", 'import { a } from "./b";'],
])("checkFile() finds the import that %s may not have: %s", (path, line) => {
  expect(check(path, "", line)).toEqual(["2 arrows"]);
});

test("checkFile() finds an import over several lines where it begins", () => {
  expect(check("db/a.ts", "", "import {", "  a,", '} from "../server/clock.ts";')).toEqual(["2 arrows"]);
});

test("checkFile() lets the SDK have the server's types, and the tests everything", () => {
  expect(check("web/client/a.ts", 'import type { A } from "../../server/rules/cursor.ts";')).toEqual([]);
  expect(check("web/client/a.ts", 'export type { A } from "../../server/rules/cursor.ts";')).toEqual([]);
  expect(check("test/a.test.ts", 'import { a } from "../scripts/cli.ts";', "const now = Date.now();")).toEqual([]);
});

test.each([
  ["clock", "const at = Date.now();"],
  ["clock", "const at = new Date();"],
  ["clock", "const at = new Date;"],
  ["clock", "const at = performance.timeOrigin;"],
  ["environment", 'const a = process.env["A"];'],
  ["exit", "process.exit(1);"],
  ["console", 'console.log("a");'],
  ["export-all", 'export * from "./b.ts";'],
  ["export-all", 'export * as b from "./b.ts";'],
  ["comment", "export const a = 1;"],
  ["comment", "export async function a() {}"],
  ["comment", "export interface A {}"],
  ["comment", "export type A = string;"],
  ["comment", "export abstract class A {}"],
  ["comment", "export default {};"],
])("checkFile() finds a violation of %s: %s", (rule, line) => {
  expect(check("server/hub/a.ts", "const b = 1;", line)).toEqual([`2 ${rule}`]);
});

test("checkFile() finds names and lengths that are not the house's", () => {
  expect(check("server/hub/index.ts", "")).toEqual(["1 name"]);
  expect(check("server/hub/myThing.ts", "")).toEqual(["1 name"]);
  expect(check("server/my-room/thing.ts", "")).toEqual(["1 name"]);
  expect(check("server/hub/a.ts", ...Array(MAX_LINES + 1).fill("x;"))).toEqual([`${MAX_LINES + 1} length`]);
  expect(check("server/hub/a.ts", ...Array(MAX_LINES).fill("x;"))).toEqual([]);
});

test("checkFile() does not take comments, strings and regular expressions for code", () => {
  expect(
    check(
      "server/hub/a.ts",
      "// Date.now() and process.env",
      "/* process.exit()",
      "   export const a = 1; */",
      `const a = "Date.now() // process.env";`,
      `const b = /["'/]process.env/.test(a); // "`,
      "const c = `",
      'import { a } from "../http/app.ts";',
      "export const d = Date.now()`;",
      "const e = a / b / c;",
    ),
  ).toEqual([]);
  expect(check("server/hub/a.ts", 'const a = "//"; process.exit();')).toEqual(["1 exit"]);
});
