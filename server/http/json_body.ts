import { HttpError } from "./errors.ts";

/** A JSON text as a value; `action` stands in the error. @throws {HttpError} */
export function parseJson(text: string, action: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError("BAD_REQUEST", `Cannot ${action}: the body is not valid JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The JSON of a request's body. @throws {HttpError} */
export async function readJson(request: Request, action: string): Promise<unknown> {
  return parseJson(await request.text(), action);
}
