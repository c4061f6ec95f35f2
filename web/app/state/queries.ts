import { MutationCache, QueryCache, QueryClient } from "@tanstack/solid-query";
import { isForbidden, isSignedOut } from "./problem.ts";
import { askWhoIsThere, endSession } from "./session.ts";

/** Creates the cache of everything that the page asks the hub for; a refusal for want of a session ends the session. */
export function createQueries(): QueryClient {
  const onError = (error: unknown) => {
    if (isSignedOut(error)) endSession(client);
    // A role may have changed while the page was open.
    else if (isForbidden(error)) askWhoIsThere(client);
  };
  const client = new QueryClient({
    defaultOptions: { queries: { retry: (count, error) => count < 2 && !("data" in error && error.data) } },
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
  });
  return client;
}
