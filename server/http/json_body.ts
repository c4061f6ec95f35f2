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
  c.set("caller", await c.var.authenticate());
  return text;
}

/** The JSON of a request's body, as {@linkcode readText}. @throws {HttpError} */
export async function readJson(c: Context<HttpEnv>, action: string): Promise<unknown> {
  return parseJson(await readText(c), action);
}
