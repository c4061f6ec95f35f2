import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { getTRPCErrorFromUnknown, getTRPCErrorShape } from "@trpc/server";
import { createWires, EVENT_STREAM_HEADERS, startStream, type Wires } from "../hub/socket_stream.ts";
import type { FollowInput } from "../rules/follow.ts";
import type { Context } from "./init.ts";
import type { AppRouter } from "./router.ts";
import { TypedStream } from "./typed_stream.ts";
import { createTrpcFormat, trpcRefusal } from "./wire.ts";

/** The one path that this transport answers. */
export const SUBSCRIBE_PATH = "/trpc/notifications.subscribe";
const PROCEDURE = "notifications.subscribe";

/** What the transport needs. */
export interface SseTransportOptions {
  readonly router: AppRouter;
  /** The context of a request; `token` comes from its connectionParams. */
  readonly createContext: (request: IncomingMessage, token: string | undefined) => Context;
  /** Headers for the page that asks (CORS). */
  readonly headersFor: (request: IncomingMessage) => OutgoingHttpHeaders;
}

interface SubscribeRequest {
  readonly input: unknown;
  readonly token: string | undefined;
}

/**
 * Answers `GET /trpc/notifications.subscribe` with shared frames: runs the procedure through tRPC's caller, so that
 * middleware, validation and authorisation are those of every call, and lets its reader write to the socket.
 */
export class SseTransport {
  readonly #options: SseTransportOptions;
  readonly #opening: string;
  readonly #wires: Wires;

  constructor(options: SseTransportOptions) {
    const { router } = options;
    this.#options = options;
    const format = createTrpcFormat(router._def._config.sse?.client ?? {});
    this.#opening = format.opening;
    this.#wires = createWires(format);
  }

  /** Takes the request if it is this transport's; what is malformed is left to tRPC's own handler. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (request.method !== "GET" || url.pathname !== SUBSCRIBE_PATH || url.searchParams.has("batch")) return false;
    const parsed = parse(request, url);
    if (!parsed) return false;
    void this.#answer(request, response, parsed);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, { input, token }: SubscribeRequest): Promise<void> {
    const headers = { vary: "trpc-accept, accept", ...this.#options.headersFor(request) };
    let context: Context | undefined;
    try {
      context = this.#options.createContext(request, token);
      const stream: unknown = await this.#options.router
        .createCaller(context)
        .notifications.subscribe(input as FollowInput);
      if (!(stream instanceof TypedStream)) throw new TypeError(`${PROCEDURE} returned no stream`);
      startStream(stream.reader, this.#wires, { request, response, headers });
    } catch (cause) {
      const shape = getTRPCErrorShape({
        config: this.#options.router._def._config,
        error: getTRPCErrorFromUnknown(cause),
        type: "subscription",
        path: PROCEDURE,
        input,
        ctx: context,
      });
      response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers });
      response.end(this.#opening + trpcRefusal(shape));
    }
  }
}

/** Reads input, cursor and token as tRPC's own handler does; undefined when that one has to answer. */
function parse(request: IncomingMessage, url: URL): SubscribeRequest | undefined {
  const { searchParams } = url;
  const cursor =
    request.headers["last-event-id"] ?? searchParams.get("lastEventId") ?? searchParams.get("Last-Event-Id");
  try {
    const text = searchParams.get("input");
    let input: unknown = text === null ? undefined : JSON.parse(text);
    if (cursor && (input === undefined || (typeof input === "object" && input !== null))) {
      input = { ...input, lastEventId: cursor };
    }
    return { input, token: readToken(searchParams.get("connectionParams")) };
  } catch {
    return undefined;
  }
}

function readToken(text: string | null): string | undefined {
  if (text === null) return undefined;
  const params: unknown = JSON.parse(text);
  if (typeof params !== "object" || params === null) throw new TypeError("connectionParams must be an object");
  if (Object.values(params).some((value) => typeof value !== "string")) throw new TypeError("not strings");
  return Object.hasOwn(params, "token") ? (params as { token: string }).token : undefined;
}
