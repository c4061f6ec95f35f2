import type { IncomingMessage, RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import type { Credentials } from "../auth/authenticate.ts";
import { corsHeaders } from "../auth/origin.ts";
import { createApi } from "../http/api.ts";
import { createApp, HSTS } from "../http/app.ts";
import { createAssets } from "../http/assets.ts";
import { createOperations } from "../http/operations.ts";
import { PlainStream } from "../http/stream.ts";
import { EventLoopMonitor } from "../hub/event_loop.ts";
import { isStreaming, parseTarget } from "../hub/socket_stream.ts";
import { readStatistics } from "../hub/statistics.ts";
import { createPreferencesSchema } from "../rules/preferences.ts";
import { createUsageSchema } from "../rules/usage.ts";
import { createTrpcHandler } from "../trpc/handler.ts";
import { createTrpc } from "../trpc/init.ts";
import { createAppRouter } from "../trpc/router.ts";
import { SseTransport } from "../trpc/sse_transport.ts";
import type { Auth } from "./auth.ts";
import type { Desks } from "./desks.ts";
import type { Ground } from "./ground.ts";
import type { HubParts } from "./hub.ts";
import type { Storage } from "./storage.ts";

/** Bytes of a publish beside message and data: title, links, tags, JSON's own signs. */
const ENVELOPE = 64 * 1024;
const WEB_DIST = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** Builds server/trpc and server/http: what answers requests, until `stopping` aborts. */
export function buildWeb(house: Ground & Storage & Auth & HubParts & Desks, stopping: AbortSignal): RequestListener {
  const { config, logger: _, stack, secure, onError, ...parts } = house;
  const { db, writer, now, authenticator, limits, proxies, metrics, follower } = parts;
  const services = {
    ...parts,
    preferencesSchema: createPreferencesSchema(now),
    usageSchema: createUsageSchema(now),
    startedAt: now(),
    loop: stack.use(new EventLoopMonitor()),
    stopping,
  };
  metrics.observe(() => readStatistics(services));
  const authenticate = (credentials: Credentials) => authenticator.authenticate(credentials);
  const router = createAppRouter(createTrpc({ heartbeat: config.heartbeat, onError, authenticate }), services);
  const headersFor = ({ headers }: IncomingMessage) => corsHeaders(headers.origin, config);
  const streams = [
    new SseTransport({
      router,
      headersFor,
      onError,
      createContext: async (request, token) => {
        const { authorization, cookie, "user-agent": userAgent = "" } = request.headers;
        const credentials = token ? { token } : { authorization, cookie };
        const address = proxies.addressOf(request);
        await limits.request(address);
        const caller = await authenticator.authenticate(credentials, address);
        return { caller, credentials, address, userAgent, setCookie: () => undefined };
      },
    }),
    new PlainStream({ follower, authenticator, proxies, limits, headersFor, onError }),
  ];
  const app = createApp({
    authenticator,
    origins: config,
    proxies,
    limits,
    maxBody: config.maxMessageBytes + config.maxDataBytes + ENVELOPE,
    onError,
    api: createApi({ ...services, patience: config.stallTimeout, onError }),
    operations: createOperations({ db, writer, authenticator, metrics, proxies }),
    assets: createAssets(WEB_DIST),
    trpc: createTrpcHandler({ router, authenticator, onError }),
  });
  const listener = getRequestListener(app.fetch);
  return (request, response) => {
    // A second request on a connection that carries a stream would be answered into the stream.
    if (isStreaming(request.socket)) return void request.socket.destroy();
    if (secure) response.setHeader(...HSTS);
    const target = parseTarget(request.url);
    if (!streams.some((stream) => stream.handle(request, response, target))) void listener(request, response);
  };
}
