import { basename } from "node:path/posix";
import { checkArrows } from "./arrows.ts";
import { lineOf, readSource, type Source, type Violation } from "./source.ts";

/** Longest file outside test/, in lines. */
export const MAX_LINES = 300;

/** Something that may stand only where `allowed` says. */
interface Forbidden {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly allowed: RegExp;
}

const FORBIDDEN: readonly Forbidden[] = [
  {
    rule: "clock",
    pattern: /\bDate\.now\b|\bnew Date(?:\(\s*\)|(?!\w|\s*\())|\bDate\(\s*\)|\bperformance\.timeOrigin\b/g,
    message: "names the real clock; take a `now` instead",
    allowed: /^(scripts|test)\/|\/clock\.ts$|^db\/writer_thread\.ts$/,
  },
  {
    rule: "environment",
    pattern: /\bprocess\.env\b/g,
    message: "reads the environment; only server/config.ts does",
    allowed: /^(scripts|test)\/|^server\/config\.ts$/,
  },
  {
    rule: "exit",
    pattern: /\bprocess\.(exit|abort|kill|reallyExit)\b/g,
    message: "ends the process; throw instead",
    allowed: /^(scripts|test)\//,
  },
  {
    rule: "console",
    pattern: /\bconsole\.\w+/g,
    message: "writes to the console; use the logger",
    allowed: /^(scripts|test|web)\//,
  },
  {
    rule: "export-all",
    pattern: /^\s*export\s*(?:type\s*)?\*/gm,
    message: "exports everything; name what is exported (mod.ts may)",
    allowed: /(^|\/)mod\.ts$/,
  },
];

/** A declaration that is exported; what is only passed on has its comment where it is declared. */
const EXPORT =
  /^export (?:default |declare |abstract |async )*(?:function\*? |class |const |let |interface |type (?!\{|\*)|enum )\s*(\w*)|^export default /gm;

/** Checks one file against every rule. */
export function checkFile(path: string, text: string): Violation[] {
  const source = readSource(path, text);
  return [
    ...checkName(source),
    ...checkLength(source),
    ...checkArrows(source),
    ...checkForbidden(source),
    ...checkComments(source),
  ].sort((a, b) => a.line - b.line);
}

function checkName({ path }: Source): Violation[] {
  const name = basename(path);
  const fault = (message: string) => [{ path, line: 1, rule: "name", message }];
  if (/^index\.\w+$/.test(name)) return fault("name the file for what it exports, or mod.ts");
  const isSnake = path.split("/").every((part) => /^_?[a-z0-9]+(_[a-z0-9]+)*(\.(config|test|d))?(\.\w+)?$/.test(part));
  return isSnake ? [] : fault("files and folders are named in snake_case");
}

function checkLength({ path, text }: Source): Violation[] {
  const lines = text.trimEnd().split("\n").length;
  if (path.startsWith("test/") || lines <= MAX_LINES) return [];
  const message = `has ${lines} lines, the limit is ${MAX_LINES}; split it by noun`;
  return [{ path, line: MAX_LINES + 1, rule: "length", message }];
}

function checkForbidden({ path, bare }: Source): Violation[] {
  return FORBIDDEN.filter(({ allowed }) => !allowed.test(path)).flatMap(({ rule, pattern, message }) =>
    [...bare.matchAll(pattern)].map(({ index, 0: found }) => {
      const start = index + Math.max(0, found.search(/\S/));
      return { path, line: lineOf(bare, start), rule, message: `${found.trim()} ${message}` };
    }),
  );
}

function checkComments({ path, text, bare }: Source): Violation[] {
  if (path.startsWith("test/")) return [];
  return [...bare.matchAll(EXPORT)].flatMap(({ index, 1: name = "default" }) => {
    // A linter's directive may stand between the comment and what it describes.
    const before = text.slice(0, index).replace(/(?:\n\/\/[^\n]*)*\s*$/, "");
    if (before.endsWith("*/") && text.lastIndexOf("/**", index) > before.lastIndexOf("*/", before.length - 3))
      return [];
    const isOverload = new RegExp(`function ${name}\\b[^{]*;\\s*$`).test(before.slice(-400));
    if (isOverload) return [];
    return [{ path, line: lineOf(text, index), rule: "comment", message: `${name || "default"} has no doc comment` }];
  });
}
