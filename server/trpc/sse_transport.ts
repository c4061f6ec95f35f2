import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { getTRPCErrorShape, TRPCError } from "@trpc/server";
import {
  claim,
  createWires,
  EVENT_STREAM_HEADERS,
  startStream,
  type Target,
  unclaim,
  type Wires,
} from "../hub/socket_stream.ts";
import type { FollowInput } from "../rules/follow.ts";
import { type Context, toTrpcError } from "./init.ts";
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
  readonly createContext: (request: IncomingMessage, token: string | undefined) => Promise<Context>;
  /** Headers for the page that asks (CORS). */
  readonly headersFor: (request: IncomingMessage) => OutgoingHttpHeaders;
  /** Told of errors that callers are not told of. */
  readonly onError: (error: unknown) => void;
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
  handle(request: IncomingMessage, response: ServerResponse, target: Target): boolean {
    if (request.method !== "GET" || target.path !== SUBSCRIBE_PATH || target.query.has("batch")) return false;
    const parsed = parse(request, target);
    if (!parsed) return false;
    claim(request.socket);
    void this.#answer(request, response, parsed);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, { input, token }: SubscribeRequest): Promise<void> {
    const { headersFor, onError } = this.#options;
    const headers = { vary: "trpc-accept, accept", ...headersFor(request) };
    let context: Context | undefined;
    try {
      context = await this.#options.createContext(request, token);
      const stream: unknown = await this.#options.router
        .createCaller(context)
        .notifications.subscribe(input as FollowInput);
      if (!(stream instanceof TypedStream)) throw new TypeError(`${PROCEDURE} returned no stream`);
      startStream(stream.reader, this.#wires, { request, response, headers });
    } catch (cause) {
      const shape = getTRPCErrorShape({
        config: this.#options.router._def._config,
        error: cause instanceof TRPCError ? cause : toTrpcError(cause, { action: "follow", input }, onError),
        type: "subscription",
        path: PROCEDURE,
        input,
        ctx: context,
      });
      unclaim(request.socket);
      const { retryAfter } = shape.data;
      const later = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
      response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers, ...later });
      response.end(this.#opening + trpcRefusal(shape, retryAfter));
    }
  }
}

/** Reads input, cursor and token as tRPC's own handler does; undefined when that one has to answer. */
function parse(request: IncomingMessage, { query }: Target): SubscribeRequest | undefined {
  const cursor = request.headers["last-event-id"] ?? query.get("lastEventId") ?? query.get("Last-Event-Id");
  try {
    const text = query.get("input");
    let input: unknown = text === null ? undefined : JSON.parse(text);
    if (cursor) input = isRecord(input) ? { ...input, lastEventId: cursor } : (input ?? { lastEventId: cursor });
    return { input, token: readToken(query.get("connectionParams")) };
  } catch {
    return undefined;
  }
}

function readToken(text: string | null): string | undefined {
  if (text === null) return undefined;
  const params: unknown = JSON.parse(text);
  if (params === null) return undefined;
  if (!isRecord(params)) throw new TypeError("connectionParams must be an object");
  if (Object.values(params).some((value) => typeof value !== "string")) throw new TypeError("not strings");
  return Object.hasOwn(params, "token") ? String(params["token"]) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
