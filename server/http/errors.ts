/** server/http/ speaks PLAIN HTTP: REST, the SSE stream, the page's files. This file is the one map from errors to answers. */
import { ZodError } from "zod";
import { ConflictError, DiskFullError, NotFoundError, WriterBusyError } from "../../db/errors.ts";
import { AccessError } from "../auth/guard.ts";
import { TooManyRequestsError } from "../auth/limits.ts";
import { KeysUnavailableError } from "../auth/remote_keys.ts";
import { CursorError } from "../rules/cursor.ts";
import { explainIssues, type Fault, InputError, summarize } from "../rules/explain.ts";

/** Codes as they stand in error bodies; the same words as tRPC's. */
export type ErrorCode =
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "TOO_MANY_REQUESTS"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR";

const STATUS = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
} as const satisfies Record<ErrorCode, number>;

/** Seconds after which a hub that cannot write now may be asked again. */
const LATER = 5;

/** A refusal with its code; the message goes to the caller. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The refusal of a text that is no JSON: says where, and shows nothing of it, because it may hold secrets. */
export function invalidJson(action: string, cause: SyntaxError): HttpError {
  const position = /at position (\d+)/.exec(cause.message)?.[1];
  const where = position === undefined ? "" : `, see position ${position}`;
  return new HttpError("BAD_REQUEST", `Cannot ${action}: the input is not valid JSON${where}`, { cause });
}

/** An error as its caller is told. */
export interface Problem {
  readonly status: (typeof STATUS)[ErrorCode];
  readonly code: ErrorCode;
  readonly message: string;
  /** For inputs: what is wrong with each field. */
  readonly issues?: readonly Fault[];
  /** Seconds after which another attempt may do. */
  readonly retryAfter?: number;
  /** Our fault: to be logged; the message says nothing of it. */
  readonly isInternal: boolean;
}

/** What was tried, for messages about an input. */
export interface Attempt {
  /** A verb: `publish`, `list notifications`. */
  readonly action: string;
  readonly input: unknown;
  /** Whether the input is about secrets, so that no value of it is shown: one may stand in the wrong field. */
  readonly isSecret?: boolean;
}

/** Says what a caller is told of an error. What is not meant for callers becomes a 500 without its message. */
export function toProblem(error: unknown, { action, input, isSecret }: Attempt): Problem {
  if (error instanceof ZodError) {
    const issues = explainIssues(error.issues, input, isSecret);
    return { ...problem("BAD_REQUEST", summarize(action, issues)), issues };
  }
  if (error instanceof InputError) return { ...problem("BAD_REQUEST", error.message), issues: error.faults };
  if (error instanceof HttpError || error instanceof AccessError) return problem(error.code, error.message);
  if (error instanceof TooManyRequestsError) {
    return { ...problem("TOO_MANY_REQUESTS", error.message), retryAfter: error.retryAfter };
  }
  if (error instanceof KeysUnavailableError) {
    return { ...problem("SERVICE_UNAVAILABLE", error.message), retryAfter: error.retryAfter };
  }
  if (error instanceof CursorError) return problem("BAD_REQUEST", error.message);
  if (error instanceof ConflictError) return problem("CONFLICT", error.message);
  if (error instanceof NotFoundError) return problem("NOT_FOUND", error.message);
  if (error instanceof WriterBusyError || error instanceof DiskFullError) {
    return { ...problem("SERVICE_UNAVAILABLE", error.message), retryAfter: LATER };
  }
  const message = `Cannot ${action}: the server failed; its log says why`;
  return { ...problem("INTERNAL_SERVER_ERROR", message), isInternal: true };
}

/** The JSON body of a refusal: `{"error":{"code","message","issues"?}}`. */
export function problemBody({ code, message, issues }: Problem): string {
  return JSON.stringify({ error: { code, message, ...(issues && { issues }) } });
}

/** Headers of every answer but the page's files: no cache keeps it, no browser takes it for something else. */
export const BARE_HEADERS = Object.freeze({
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
} as const);

/** Headers of every JSON answer. */
export const JSON_HEADERS = Object.freeze({ "content-type": "application/json", ...BARE_HEADERS } as const);

/** An answer that is JSON text already. Hono's `c.body` would copy the headers one by one. */
export function answerJson(json: string, status = 200): Response {
  return new Response(json, { status, headers: JSON_HEADERS });
}

/** A refusal as an answer. */
export function toResponse(refusal: Problem): Response {
  const { status, retryAfter } = refusal;
  const headers = { ...JSON_HEADERS, ...(retryAfter && { "retry-after": String(retryAfter) }) };
  return new Response(problemBody(refusal), { status, headers });
}

/** Makes the answer to what a route threw; faults of ours go to `onError`. */
export function createRefusal(onError: (error: unknown) => void): (error: unknown, attempt: Attempt) => Response {
  return (error, attempt) => {
    const refusal = toProblem(error, attempt);
    if (refusal.isInternal) onError(error);
    return toResponse(refusal);
  };
}

function problem(code: ErrorCode, message: string): Problem {
  return { status: STATUS[code], code, message, isInternal: false };
}
