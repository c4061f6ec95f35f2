import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Authenticator, Credentials } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import { retryAfterOf } from "./init.ts";
import type { AppRouter } from "./router.ts";

/** Most calls in one HTTP batch. */
const MAX_BATCH = 20;

/** Headers of every answer: no browser takes it for something else. */
const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

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
  return (request: Request, { caller, credentials, address }: TrpcCall): Promise<Response> =>
    fetchRequestHandler({
      endpoint: "/trpc",
      req: request,
      router,
      maxBatchSize: MAX_BATCH,
      responseMeta: ({ errors, type }) => {
        if (type === "subscription") return {};
        const retryAfter = Math.max(0, ...errors.map((error) => retryAfterOf(error) ?? 0));
        return { headers: retryAfter > 0 ? { ...HEADERS, "retry-after": String(retryAfter) } : HEADERS };
      },
      onError: ({ error }) => {
        if (error.code === "INTERNAL_SERVER_ERROR" && error.cause) onError(error.cause);
      },
      createContext: async ({ info, resHeaders }) => {
        const token = info.type === "subscription" ? info.connectionParams?.["token"] : undefined;
        const own = token ? { token } : credentials;
        return {
          caller: token ? await authenticator.authenticate(own, address) : caller,
          credentials: own,
          address,
          userAgent: request.headers.get("user-agent") ?? "",
          setCookie: (cookie: string) => resHeaders.append("set-cookie", cookie),
        };
      },
    });
}
