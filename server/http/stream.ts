import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { TrustedProxies } from "../auth/address.ts";
import type { Authenticator } from "../auth/authenticate.ts";
import type { RateLimits } from "../auth/limits.ts";
import type { Reader } from "../hub/reader.ts";
import { claim, createWires, type StreamExchange, startStream, type Target, unclaim } from "../hub/socket_stream.ts";
import type { Follower } from "../reading/follower.ts";
import { followInput } from "../rules/follow.ts";
import { BARE_HEADERS, JSON_HEADERS, type Problem, problemBody, toProblem } from "./errors.ts";
import { type QueryForms, readQuery } from "./parameters.ts";
import { SSE_FORMAT } from "./sse_format.ts";

/** The path of the plain stream. */
export const STREAM_PATH = "/api/notifications/stream";

const FORMS: QueryForms = { channels: "list", types: "list", all: "boolean", preferences: "boolean" };

/** What the stream needs. */
export interface PlainStreamOptions {
  readonly follower: Follower;
  readonly authenticator: Authenticator;
  readonly proxies: TrustedProxies;
  readonly limits: RateLimits;
  readonly headersFor: (request: IncomingMessage) => OutgoingHttpHeaders;
  readonly onError: (error: unknown) => void;
}

/** Answers `GET /api/notifications/stream`: server-sent events for EventSource and curl. */
export class PlainStream {
  readonly #options: PlainStreamOptions;
  readonly #wires = createWires(SSE_FORMAT);

  constructor(options: PlainStreamOptions) {
    this.#options = options;
  }

  /** Takes the request if it is this route's. */
  handle(request: IncomingMessage, response: ServerResponse, target: Target): boolean {
    if (request.method !== "GET" || target.path !== STREAM_PATH) return false;
    claim(request.socket);
    void this.#answer(request, response, target);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    const { headersFor, onError } = this.#options;
    const headers = headersFor(request);
    let input: Record<string, unknown> = {};
    try {
      input = readInput(request, target);
      startStream(await this.#open(request, target, input), this.#wires, { request, response, headers });
    } catch (error) {
      const problem = toProblem(error, { action: "follow", input });
      if (problem.isInternal) onError(error);
      refuse(problem, { request, response, headers });
    }
  }

  async #open(request: IncomingMessage, target: Target, input: unknown): Promise<Reader> {
    const { follower, authenticator, proxies, limits } = this.#options;
    const address = proxies.addressOf(request);
    await limits.request(address);
    const { authorization, cookie } = request.headers;
    const token = target.query.get("token");
    const credentials = authorization ? { authorization } : token ? { token } : { cookie };
    const caller = await authenticator.authenticate(credentials, address);
    return await follower.open({ caller, credentials, address, wishes: followInput.parse(input) });
  }
}

/**
 * Refuses before any stream byte. An EventSource gives up for good at any status but 200; so where another attempt may
 * do, it is told in its own language when to come back.
 */
function refuse(problem: Problem, { request, response, headers }: StreamExchange): void {
  unclaim(request.socket);
  const { retryAfter } = problem;
  const later = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (retryAfter !== undefined && request.headers.accept === "text/event-stream") {
    response.writeHead(200, { ...BARE_HEADERS, ...headers, ...later, "content-type": "text/event-stream" });
    response.end(`retry: ${retryAfter * 1_000}\nevent: refused\ndata: ${problemBody(problem)}\n\n`);
  } else {
    response.writeHead(problem.status, { ...JSON_HEADERS, ...headers, ...later });
    response.end(problemBody(problem));
  }
}

/** The wishes in query and headers; the header's cursor wins, because an EventSource that reconnects keeps its old URL. */
function readInput({ headers }: IncomingMessage, { query: parameters }: Target): Record<string, unknown> {
  const { token: _, ...wishes } = readQuery(parameters, { action: "follow", forms: FORMS });
  const lastEventId = headers["last-event-id"] || wishes["lastEventId"];
  return { ...wishes, ...(lastEventId !== undefined && { lastEventId }) };
}
