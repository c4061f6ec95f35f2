import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Authenticator } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import type { AppRouter } from "./router.ts";

/** Most calls in one HTTP batch. */
const MAX_BATCH = 20;

/** What the handler needs. */
export interface TrpcHandlerOptions {
  readonly router: AppRouter;
  readonly authenticator: Authenticator;
}

/** Makes the handler of everything under `/trpc` that no transport of ours takes: tRPC's own. */
export function createTrpcHandler({ router, authenticator }: TrpcHandlerOptions) {
  return (request: Request, caller: Caller, address: string): Promise<Response> =>
    fetchRequestHandler({
      endpoint: "/trpc",
      req: request,
      router,
      maxBatchSize: MAX_BATCH,
      createContext: ({ info, resHeaders }) => {
        const token = info.type === "subscription" ? info.connectionParams?.["token"] : undefined;
        return {
          caller: token ? authenticator.authenticate({ token }) : caller,
          address,
          setCookie: (cookie: string) => resHeaders.append("set-cookie", cookie),
        };
      },
    });
}
