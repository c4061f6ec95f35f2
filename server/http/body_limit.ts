import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HttpError } from "./errors.ts";

/**
 * Refuses bodies of more than `limit` bytes. Where the length is declared, that is enough, because Node reads no more
 * than was declared; only for the others does Hono's limit read along, at the price of a web stream per request.
 */
export function limitBody(limit: number): MiddlewareHandler {
  const refuse = (size: string) => {
    throw new HttpError("PAYLOAD_TOO_LARGE", `Cannot read the body: it has ${size} bytes, the limit is ${limit}`);
  };
  const readAlong = bodyLimit({ maxSize: limit, onError: () => refuse("more") });
  return (c, next) => {
    const length = c.req.header("content-length");
    if (c.req.header("transfer-encoding")) return readAlong(c, next);
    if (Number(length ?? 0) > limit) refuse(String(length));
    return next();
  };
}
