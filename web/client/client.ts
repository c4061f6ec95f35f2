import type { HTTPLinkOptions } from "@trpc/client";
import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { EventSource, type FetchLike } from "eventsource";
import { page } from "./environment.ts";
import type { AppRouter } from "./items.ts";

/** Which hub, and as whom. */
export interface ClientOptions {
  /** Where the hub is. Default in browsers: the page's own origin. */
  readonly url?: string;
  /**
   * A token, or what gives one: it is asked anew for each connection and each call, because tokens expire. Where it
   * fails, the call fails with it, and a subscription tries again. Absent in a page of the hub's own, where the
   * session's cookie speaks.
   */
  readonly token?: string | (() => string | Promise<string>);
}

/** Most calls that share one request; the hub takes no more. */
const MAX_BATCH = 20;

type Fetch = NonNullable<HTTPLinkOptions<AppRouter["_def"]["_config"]["$types"]>["fetch"]>;

/** Makes the typed client of every procedure. */
export function createClient({ url = page.location?.origin, token }: ClientOptions) {
  if (!url) throw new TypeError('Cannot connect: no url; call createHub({ url: "http://127.0.0.1:8787" })');
  const headers = async (): Promise<Record<string, string>> => {
    const value = typeof token === "function" ? await token() : token;
    return value ? { authorization: `Bearer ${value}` } : {};
  };
  const credentials = token ? "omit" : "include";
  // A token travels in a header, which a native EventSource cannot send.
  const native = token ? undefined : page.EventSource;
  const common = {
    url: new URL("/trpc", url).href,
    headers,
    fetch: ((input, init) => fetch(input, { ...(init as RequestInit), credentials })) satisfies Fetch,
  };
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({
          url: common.url,
          EventSource: native ?? EventSource,
          eventSourceOptions: native
            ? { withCredentials: true }
            : {
                fetch: (async (input, init) =>
                  fetch(input, { ...init, headers: { ...init.headers, ...(await headers()) } })) satisfies FetchLike,
              },
        }),
        false: splitLink({
          condition: ({ type }) => type === "query",
          true: httpBatchLink({ ...common, maxItems: MAX_BATCH }),
          false: httpLink(common),
        }),
      }),
    ],
  });
}
