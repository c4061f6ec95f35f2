import { formatSpan } from "./figures.ts";

/** An error in words for people. */
export interface Problem {
  readonly message: string;
  /** Which kind of refusal; empty: the hub was not reached. */
  readonly code: string;
  /** What is wrong with each field, by its path. */
  readonly fields: Readonly<Record<string, string>>;
}

const TOO_MANY = "TOO_MANY_REQUESTS";

const UNREACHED: Problem = {
  message: "Cannot reach the hub. Check that it is running, then try again",
  code: "",
  fields: {},
};

interface Issue {
  readonly path: string;
  readonly message: string;
}

interface Refusal {
  readonly message: string;
  readonly data?: { readonly code?: string; readonly issues?: readonly Issue[]; readonly retryAfter?: number } | null;
  /** The answer itself: what refuses all requests alike, before tRPC sees them, is told without its words. */
  readonly meta?: { readonly response?: Response; readonly responseJSON?: unknown };
}

/** Says an error for people; what is no refusal of the hub's means that the hub was not reached. */
export function toProblem(error: unknown): Problem {
  const { message, data, meta } = asRefusal(error);
  const wait = data?.retryAfter ?? waitOf(meta?.response);
  if (wait)
    return { message: `Too many attempts. Try again in ${formatSpan(wait * 1_000)}`, code: TOO_MANY, fields: {} };
  if (!data) return plainRefusal(meta?.responseJSON) ?? UNREACHED;
  const issues = (data.issues ?? []).map((issue) => [issue.path, forField(issue.message)] as const);
  return { message, code: data.code ?? "", fields: Object.fromEntries(issues) };
}

/** Whether the hub refused because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return asRefusal(error).data?.code === "UNAUTHORIZED";
}

/** Whether the hub refused because this user may not. */
export function isForbidden(error: unknown): boolean {
  return asRefusal(error).data?.code === "FORBIDDEN";
}

/** What is wrong, without what was tried: beside a field nobody asks that. */
export function reasonOf(message: string): string {
  const reason = message.replace(/^Cannot (?:[^":]|"[^"]*")*: /, "");
  // An address or a name at the beginning stays as it was written.
  return /^[a-z]+ /.test(reason) ? reason.charAt(0).toUpperCase() + reason.slice(1) : reason;
}

/** Seconds to wait; 0: the answer was no refusal of somebody too fast. */
function waitOf(response: Response | undefined): number {
  return response?.status === 429 ? Number(response.headers.get("retry-after") ?? 60) : 0;
}

/** A refusal in the words of the plain API: a page of another address, a hub that is stopping; undefined: it is none. */
function plainRefusal(body: unknown): Problem | undefined {
  const { error } = (body ?? {}) as { readonly error?: { readonly code?: unknown; readonly message?: unknown } };
  if (typeof error?.code !== "string" || typeof error.message !== "string") return undefined;
  return { message: error.message, code: error.code, fields: {} };
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Error ? (error as Refusal) : { message: String(error) };
}

/** Beside a field the value needs no repeating. */
function forField(message: string): string {
  const text = message.replace(/ \(got .*\)$/s, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
