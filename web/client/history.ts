import type { inferRouterInputs } from "@trpc/server";
import type { HubClient } from "./hub.ts";
import type { AppRouter, HistoryPage, LatestPage, ListInput } from "./items.ts";

type Inputs = inferRouterInputs<AppRouter>["notifications"];

/** Reading what was published. */
export interface HistoryCalls {
  /** One page of history, the newest first; with `text` what holds these words. @throws {HubError} */
  list(input?: ListInput): Promise<HistoryPage>;
  /** How many there are of a filter. @throws {HubError} */
  count(input?: Inputs["count"]): Promise<number>;
  /** The newest of each key of a channel, or of one key: its latest state. @throws {HubError} */
  latest(input: Inputs["latest"]): Promise<LatestPage>;
}

/** Makes the {@linkcode HistoryCalls} of a client. */
export function createHistoryCalls({ notifications }: HubClient): HistoryCalls {
  return {
    list: (input) => notifications.list.query(input),
    count: async (input) => (await notifications.count.query(input)).count,
    latest: (input) => notifications.latest.query(input),
  };
}
