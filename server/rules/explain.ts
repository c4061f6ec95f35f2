import type { z } from "zod";

/** One fault of an input: where it is, and what is wrong. */
export interface Fault {
  /** Dotted path of the field; empty: the input as a whole. */
  readonly path: string;
  readonly message: string;
}

const SECRET = /password|token|secret/i;
const MAX_SHOWN = 60;

/** Says each fault with the value found there; values of secret fields are never shown. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], input: unknown): Fault[] {
  return issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    const value = issue.code === "unrecognized_keys" || SECRET.test(path) ? "" : show(valueAt(input, issue.path));
    return { path, message: value ? `${issue.message} (got ${value})` : issue.message };
  });
}

/** All faults in one line: `Cannot <action>: <field> <what is wrong>; …`. */
export function summarize(action: string, faults: readonly Fault[]): string {
  return `Cannot ${action}: ${faults.map(({ path, message }) => `${path} ${message}`.trim()).join("; ")}`;
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
