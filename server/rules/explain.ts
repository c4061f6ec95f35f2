import type { z } from "zod";
import { suggest } from "./nearest.ts";

/** One fault of an input: where it is, and what is wrong. */
export interface Fault {
  /** Dotted path of the field; empty: the input as a whole. */
  readonly path: string;
  readonly message: string;
}

/** An input is refused by a rule that no schema holds; the message says each fault. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly faults: readonly Fault[];

  /** @param action a verb: `publish` */
  constructor(action: string, faults: readonly Fault[]) {
    super(summarize(action, faults));
    this.faults = faults;
  }
}

const SECRET = /password|token|secret/i;
const MAX_SHOWN = 60;
/** Begins a message that names the fields that there are; see {@linkcode nameFields}. */
const FIELDS = "fields: ";
/** Most faults, and most unknown fields, that are named: an answer must not be as long as what it refuses. */
export const MAX_NAMED = 20;

/**
 * Says each fault, up to some, with the value found there; values of secret fields are never shown, and none where
 * `isSecret` says that secrets may stand anywhere.
 */
export function explainIssues(issues: readonly z.core.$ZodIssue[], input: unknown, isSecret = false): Fault[] {
  return issues
    .flatMap(unfold)
    .slice(0, MAX_NAMED)
    .map((issue) => {
      if (issue.code === "unrecognized_keys") return explainUnknown(issue, isSecret);
      const path = issue.path.map(String).join(".");
      const value = valueAt(input, issue.path);
      const isMissing = value === undefined && path !== "";
      const message = isMissing && issue.code === "invalid_type" ? "is required" : phrase(issue);
      return { path, message: isSecret ? message : message + gotValue(path, value) };
    });
}

/** Names its fields where one is unknown: the `error` of a strict object whose users are told which one they meant. */
export function nameFields({ code, inst }: z.core.$ZodRawIssue): string | undefined {
  if (code !== "unrecognized_keys") return undefined;
  return FIELDS + Object.keys((inst as z.ZodObject | undefined)?.shape ?? {}).join(" ");
}

/** Says of the one field that an issue has left that there is none of this name; the name itself may be a secret. */
function explainUnknown(
  { path, keys: [key = ""], message }: z.core.$ZodIssueUnrecognizedKeys,
  isSecret: boolean,
): Fault {
  const within = path.map(String);
  if (isSecret) return { path: within.join("."), message: "has a field too many; see the list of fields" };
  const fields = message.startsWith(FIELDS) ? message.slice(FIELDS.length).split(" ") : [];
  const name = /^[\w-]{1,60}$/.test(key) ? key : show(key);
  return {
    path: [...within, name].join("."),
    message: `is no field${suggest(key, fields) || "; see the list of fields"}`,
  };
}

/** The faults of the one form of several that the value has, and each unknown field by itself. */
function unfold(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, MAX_NAMED).map((key) => ({ ...issue, keys: [key] }));
  }
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.filter((faults) => !faults.some(isOtherForm));
  const [faults] = meant;
  if (!faults || meant.length > 1) return [issue];
  return faults.flatMap((fault) => unfold({ ...fault, path: [...issue.path, ...fault.path] }));
}

/** Whether the value has another form altogether. */
function isOtherForm({ code, path }: z.core.$ZodIssue): boolean {
  return code === "invalid_type" && path.length === 0;
}

/** What stands after a fault: ` (got "x")`; nothing for values of secret fields, objects and lists, and no value. */
export function gotValue(path: string, value: unknown): string {
  const shown = SECRET.test(path) ? "" : show(value);
  return shown && ` (got ${shown})`;
}

/** The rule that was broken, after the field's name: our own words where the schema has none. */
function phrase(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return ownWords(issue.message) ?? `must be ${article(issue.expected)}`;
    case "invalid_value":
      return ownWords(issue.message) ?? `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return (
        ownWords(issue.message) ??
        `must ${measure(issue.origin, `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`)}`
      );
    case "too_big":
      return (
        ownWords(issue.message) ??
        `must ${measure(issue.origin, `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`)}`
      );
    case "invalid_union":
      return ownWords(issue.message) ?? "must be of one of its forms";
    default:
      return issue.message;
  }
}

/** A message that a schema of ours gave; undefined: it is the library's. */
function ownWords(message: string): string | undefined {
  return /^(?:Too (?:small|big)|Invalid (?:input|option))/.test(message) ? undefined : message;
}

function measure(origin: string, bound: string): string {
  if (origin === "string") return `have ${bound} characters`;
  return origin === "array" ? `have ${bound} entries` : `be ${bound}`;
}

function article(type: string): string {
  const name = type === "int" ? "whole number" : type;
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

/** All faults in one line: `Cannot <action>: <field> <what is wrong>; …`. */
export function summarize(action: string, faults: readonly Fault[]): string {
  return `Cannot ${action}: ${faults.map(({ path, message }) => `${path || "it"} ${message}`).join("; ")}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function show(value: unknown): string {
  if (value === undefined || (typeof value === "object" && value !== null)) return "";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
