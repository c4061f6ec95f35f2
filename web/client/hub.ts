import type { HTTPLinkOptions } from "@trpc/client";
import {
  createTRPCClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
} from "@trpc/client";
import { EventSource, type FetchLike } from "eventsource";
import { page } from "./environment.ts";
import type { Answer, AppRouter, Draft, Ephemeral, HistoryPage, ListInput, Scheduled, Stored } from "./items.ts";
import { createReadCalls, type ReadCalls } from "./reads.ts";
import {
  ResumingSubscription,
  type SubscribeInput,
  type Subscription,
  type SubscriptionHandlers,
} from "./subscription.ts";

/** What the hub's refusals are thrown as; `data.code` and `data.issues` say what was wrong. */
export const HubError = TRPCClientError<AppRouter>;
/** See the value of the same name. */
export type HubError = TRPCClientError<AppRouter>;

/** The typed client of every procedure. */
export type HubClient = ReturnType<typeof createClient>;

/** Which hub, and as whom. */
export interface HubOptions {
  /** Where the hub is. Default in browsers: the page's own origin. */
  readonly url?: string;
  /**
   * A token, or what gives one: it is asked anew for each connection and each call, because tokens expire. Where it
   * fails, the call fails with it, and a subscription tries again. Absent in a page of the hub's own, where the
   * session's cookie speaks.
   */
  readonly token?: string | (() => string | Promise<string>);
}

/** A hub at the other end. */
export interface Hub extends Disposable, ReadCalls {
  /**
   * Publishes one notification and answers with it once it is on disk; an ephemeral one is never stored, one with
   * `deliverAt` waits for its time. @throws {HubError}
   */
  publish(draft: Draft & { readonly ephemeral?: false; readonly deliverAt?: undefined }): Promise<Stored>;
  publish(draft: Draft & { readonly ephemeral: true }): Promise<Ephemeral>;
  publish(draft: Draft & { readonly deliverAt: string | number }): Promise<Scheduled>;
  publish(draft: Draft): Promise<Answer>;
  /** One page of history, the newest first. @throws {HubError} */
  list(input?: ListInput): Promise<HistoryPage>;
  /** Follows the hub from now on, or from `lastEventId`. */
  subscribe(input: SubscribeInput, handlers: SubscriptionHandlers): Subscription;
  /** The typed client of every procedure. */
  readonly trpc: HubClient;
  /** Ends all subscriptions. */
  close(): void;
}

/** Most calls that share one request; the hub takes no more. */
const MAX_BATCH = 20;

/** Connects to a hub. Nothing is sent until it is used. */
export function createHub(options: HubOptions = {}): Hub {
  const trpc = createClient(options);
  const subscriptions = new Set<Subscription>();
  const close = () => {
    for (const subscription of subscriptions) subscription.close();
  };
  return {
    trpc,
    publish: ((draft) => trpc.notifications.publish.mutate(draft)) as Hub["publish"],
    list: (input) => trpc.notifications.list.query(input),
    ...createReadCalls(trpc),
    subscribe: (input, handlers) => {
      const subscription = new ResumingSubscription(
        (from, connection) => trpc.notifications.subscribe.subscribe(from, connection),
        input,
        { handlers, onClosed: (closed) => subscriptions.delete(closed) },
      );
      // A handler may have closed it already.
      if (subscription.state !== "closed") subscriptions.add(subscription);
      return subscription;
    },
    close,
    [Symbol.dispose]: close,
  };
}

type Fetch = NonNullable<HTTPLinkOptions<AppRouter["_def"]["_config"]["$types"]>["fetch"]>;

function createClient({ url = page.location?.origin, token }: HubOptions) {
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
