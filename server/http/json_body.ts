import type { Context } from "hono";
import type { HttpEnv } from "./app.ts";
import { invalidJson } from "./errors.ts";

/** A JSON text as a value; `action` stands in the error. @throws {HttpError} */
export function parseJson(text: string, action: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidJson(action, cause as SyntaxError);
  }
}

/**
 * A request's body. It may take its time, and what its sender might do may have been taken away meanwhile: from here on
 * `c.var.caller` is who sends it now.
 */
export async function readText(c: Context<HttpEnv>): Promise<string> {
  const text = await c.req.raw.text();
  c.set("caller", await c.get("authenticate")());
  return text;
}

/** A body's fields with others, which win; what is no object is left for the schema to refuse. */
export function withFields(body: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body, ...fields } : body;
}

/** The JSON of a request's body, as {@linkcode readText}. @throws {HttpError} */
export async function readJson(c: Context<HttpEnv>, action: string): Promise<unknown> {
  return parseJson(await readText(c), action);
}

/** As {@linkcode readJson}, of a request that need not have a body: no fields, then. @throws {HttpError} */
export async function readOptionalJson(c: Context<HttpEnv>, action: string): Promise<unknown> {
  const text = await readText(c);
  return text === "" ? {} : parseJson(text, action);
}
