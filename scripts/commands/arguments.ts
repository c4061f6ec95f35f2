import { parseArgs } from "node:util";
import type { ArgsDef } from "citty";
import { UsageError } from "./failure.ts";

/** Ends the value hint of a last word that may come more than once. */
const MORE = "…";

/**
 * Refuses what citty lets pass: options that do not exist, options without their value, words too many.
 *
 * @throws {UsageError}
 */
export function checkArguments(args: string[], defs: ArgsDef, path: readonly string[]): void {
  const options: Record<string, { type: "boolean" | "string"; short?: string }> = {};
  const positionals: string[] = [];
  let takesMore = false;
  for (const [name, { type, alias, required, valueHint }] of Object.entries(defs) as [string, Definition][]) {
    if (type === "positional") positionals.push(required === false ? `[${name}]` : name);
    if (type === "positional" && valueHint?.endsWith(MORE)) takesMore = true;
    else options[name] = { type: type === "boolean" ? "boolean" : "string", ...(alias && { short: alias }) };
  }
  const found = parse(args, options, path);
  const missing = positionals[found.length];
  if (missing && !missing.startsWith("[")) throw new UsageError(`${missing.toUpperCase()} is missing`, path);
  const extra = found[positionals.length];
  if (extra !== undefined && !takesMore) {
    throw new UsageError(`"${extra}" is one word too many; put text with spaces in quotes`, path);
  }
  for (const [name, { options: allowed = [] }] of Object.entries(defs) as [string, Definition][]) {
    const value = allowed.length > 0 ? lastValue(args, options, name) : undefined;
    if (value !== undefined && !allowed.includes(value)) {
      throw new UsageError(`--${name} must be one of ${allowed.join(", ")}, is "${value}"`, path);
    }
  }
}

/** Takes `--channel` and `--channels` for each other where a command has one of them: nobody remembers which has which. */
export function acceptBothNumbers(args: readonly string[], defs: ArgsDef): string[] {
  const has = (name: string) => defs[name] !== undefined && defs[name].type !== "positional";
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  if (has("channel") === has("channels")) return [...args];
  const name = has("channel") ? "--channel" : "--channels";
  return args.map((word, index) => (index < end ? word.replace(/^--channels?(?=$|=)/, name) : word));
}

interface Definition {
  readonly type?: string;
  readonly alias?: string;
  readonly required?: boolean;
  readonly valueHint?: string;
  readonly options?: readonly string[];
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

function parse(args: string[], options: Options, path: readonly string[]): string[] {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true }).positionals;
  } catch (error) {
    const [reason = ""] = (error as Error).message.split(/\. |\n/, 1);
    const flag = /^Option '(?:-\w, )?(--[\w-]+).*argument is ambiguous/.exec(reason)?.[1];
    const value = flag && args[args.indexOf(flag) + 1];
    if (value) throw new UsageError(`${flag} needs a value, and "${value}" begins with a dash`, path);
    throw new UsageError(reason.charAt(0).toLowerCase() + reason.slice(1), path);
  }
}

function lastValue(args: string[], options: Options, name: string): string | undefined {
  const value = parseArgs({ args, options, allowPositionals: true }).values[name];
  return typeof value === "string" ? value : undefined;
}
