import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Database } from "../../db/database.ts";
import type { Authenticator } from "../auth/authenticate.ts";
import { callerUser } from "../auth/caller.ts";
import { toFilter } from "../hub/follow.ts";
import type { Hub } from "../hub/hub.ts";
import type { Reader } from "../hub/reader.ts";
import { createWires, startStream } from "../hub/socket_stream.ts";
import { followInput } from "../rules/follow.ts";
import { problemBody, toProblem } from "./errors.ts";
import { requireAdmin } from "./guard.ts";
import { listParameter } from "./parameters.ts";
import { SSE_FORMAT } from "./sse_format.ts";

/** The path of the plain stream. */
export const STREAM_PATH = "/api/notifications/stream";

/** What the stream needs. */
export interface PlainStreamOptions {
  readonly db: Database;
  readonly hub: Hub;
  readonly authenticator: Authenticator;
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
  handle(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (request.method !== "GET" || url.pathname !== STREAM_PATH) return false;
    const { headersFor, onError } = this.#options;
    const headers = headersFor(request);
    const input = readInput(request, url);
    try {
      startStream(this.#open(request, url, input), this.#wires, { request, response, headers });
    } catch (error) {
      const problem = toProblem(error, { action: "follow", input });
      if (problem.isInternal) onError(error);
      response.writeHead(problem.status, { ...headers, "content-type": "application/json" });
      response.end(problemBody(problem));
    }
    return true;
  }

  #open({ headers }: IncomingMessage, url: URL, input: unknown): Reader {
    const { db, hub, authenticator } = this.#options;
    const { authorization, cookie } = headers;
    const token = url.searchParams.get("token");
    const caller = requireAdmin(authenticator.authenticate({ authorization, cookie, token }), "follow");
    const wishes = followInput.parse(input);
    const filter = toFilter(db, wishes, { user: callerUser(caller) });
    return hub.open({ filter, after: wishes.lastEventId ?? undefined });
  }
}

/** The wishes in query and headers; the header's cursor wins, because an EventSource that reconnects keeps its old URL. */
function readInput({ headers }: IncomingMessage, { searchParams }: URL): Record<string, unknown> {
  const { token: _, ...query } = Object.fromEntries(searchParams);
  const lastEventId = headers["last-event-id"] || query["lastEventId"];
  return {
    ...query,
    ...(lastEventId !== undefined && { lastEventId }),
    ...listParameter("channels", query["channels"]),
    ...listParameter("types", query["types"]),
  };
}
