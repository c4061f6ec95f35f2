import type { Context } from "hono";
import { parseTarget } from "../hub/socket_stream.ts";
import { InputError } from "../rules/explain.ts";

/**
 * What a field of a query stands for. What is no number, or neither yes nor no, is left as text, so that the schema says
 * what is wrong with it.
 */
export type QueryForm = "list" | "number" | "boolean" | "moment";

/** The fields of a query that are not text. */
export type QueryForms = Readonly<Record<string, QueryForm>>;

/** Longest name of a field that an answer repeats. */
const MAX_SHOWN = 60;

const READ: Readonly<Record<Exclude<QueryForm, "list">, (value: string) => unknown>> = {
  number: (value) => (value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value)),
  boolean: (value) => (value === "true" ? true : value === "false" ? false : value),
  // Unix ms as a number; of `+10m` the form decoding made the sign a space.
  moment: (value) => (/^\d{12,15}$/.test(value) ? Number(value) : value.replace(/^ /, "+")),
};

/** The query of a request. */
export function queryOf(c: Context): URLSearchParams {
  return parseTarget(c.req.url).query;
}

/** How to read a query. */
export interface QueryOptions {
  /** A verb, for what is wrong: `list notifications`. */
  readonly action: string;
  readonly forms?: QueryForms;
  /** What the path says already. */
  readonly path?: Readonly<Record<string, unknown>>;
}

/**
 * A query, with what the path says, as an input. A list is `a,b`, or the field several times, or both; any other field
 * is given once. @throws {InputError}
 */
export function readQuery(query: URLSearchParams, { action, forms = {}, path = {} }: QueryOptions) {
  const input = new Map<string, unknown>(Object.entries(path));
  for (const [name, value] of query) {
    const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
    const before = input.get(name);
    if (form === "list" && Array.isArray(before)) before.push(...readList(value));
    else if (before !== undefined) throw givenTwice(action, name);
    else if (form === "list") input.set(name, readList(value));
    else input.set(name, form ? READ[form](value) : value);
  }
  return Object.fromEntries(input);
}

/** Refuses a query where nothing is asked in one, so that nothing in it is passed over. @throws {InputError} */
export function requireNoQuery(c: Context, action: string): void {
  const [name] = queryOf(c).keys();
  if (name === undefined) return;
  const got = JSON.stringify(name.slice(0, MAX_SHOWN));
  throw new InputError(action, [{ path: "", message: `takes no field in the query (got ${got})` }]);
}

/** The id in a path, as an input's number; left as text when it is none, so that the schema says what is wrong with it. */
export function idParameter(value = ""): number | string {
  return /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function givenTwice(action: string, name: string): InputError {
  return new InputError(action, [{ path: name.slice(0, MAX_SHOWN), message: "is given twice" }]);
}

function readList(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
