import { QueryCache, QueryClient } from "@tanstack/solid-query";
import { isSignedOut } from "./problem.ts";
import { endSession } from "./session.ts";

/** Creates the cache of everything that the page asks the hub for; a refusal for want of a session ends the session. */
export function createQueries(): QueryClient {
  const client = new QueryClient({
    defaultOptions: { queries: { retry: (count, error) => count < 2 && !("data" in error && error.data) } },
    queryCache: new QueryCache({ onError: (error) => isSignedOut(error) && endSession(client) }),
  });
  return client;
}
