import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Authenticator, Credentials } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import { BARE_HEADERS } from "../http/errors.ts";
import { EVENT_STREAM_HEADERS } from "../hub/socket_stream.ts";
import { isReported, retryAfterOf, toTrpcError } from "./init.ts";
import type { AppRouter } from "./router.ts";

/** Most calls in one HTTP batch. */
const MAX_BATCH = 20;

const STREAM_NAMES = ["cache-control", "x-content-type-options"] as const;

/** What the handler needs. */
export interface TrpcHandlerOptions {
  readonly router: AppRouter;
  readonly authenticator: Authenticator;
  readonly onError: (error: unknown) => void;
}

/** Who calls, and from where. */
export interface TrpcCall {
  readonly caller: Caller;
  readonly credentials: Credentials;
  readonly address: string;
}

/** Makes the handler of everything under `/trpc` that no transport of ours takes: tRPC's own. */
export function createTrpcHandler({ router, authenticator, onError }: TrpcHandlerOptions) {
  return async (request: Request, { caller, credentials, address }: TrpcCall): Promise<Response> => {
    let isStream = false;
    const response = await fetchRequestHandler({
      endpoint: "/trpc",
      req: request,
      router,
      maxBatchSize: MAX_BATCH,
      responseMeta: ({ errors, type }) => {
        isStream = type === "subscription";
        if (isStream) return {};
        const retryAfter = Math.max(0, ...errors.map((error) => retryAfterOf(error) ?? 0));
        return { headers: retryAfter > 0 ? { ...BARE_HEADERS, "retry-after": String(retryAfter) } : BARE_HEADERS };
      },
      onError: ({ error }) => {
        if (error.code === "INTERNAL_SERVER_ERROR" && error.cause && !isReported(error)) onError(error.cause);
      },
      createContext: async ({ info, resHeaders }) => {
        const token = info.type === "subscription" ? info.connectionParams?.["token"] : undefined;
        const own = token ? { token } : credentials;
        const authenticate = async () => {
          try {
            return await authenticator.authenticate(own, address);
          } catch (error) {
            throw toTrpcError(error, { action: "follow", input: undefined }, onError);
          }
        };
        return {
          caller: token ? await authenticate() : caller,
          credentials: own,
          address,
          userAgent: request.headers.get("user-agent") ?? "",
          setCookie: (cookie: string) => resHeaders.append("set-cookie", cookie),
        };
      },
    });
    // As those of our own transport; what `responseMeta` gives would only be added to tRPC's.
    if (isStream) for (const name of STREAM_NAMES) response.headers.set(name, EVENT_STREAM_HEADERS[name]);
    return response;
  };
}
