import type { StatisticsSources } from "../hub/statistics.ts";
import { type ChannelServices, createChannelsRouter } from "./channels.ts";
import type { Trpc } from "./init.ts";
import { createNotificationsRouter, type NotificationServices } from "./notifications.ts";
import { createSessionRouter, type SessionServices } from "./session.ts";
import { createStatsRouter } from "./stats.ts";

/** Everything that the procedures use. */
export type Services = NotificationServices & ChannelServices & SessionServices & StatisticsSources;

/** The whole typed API. */
export function createAppRouter(t: Trpc, services: Services) {
  return t.router({
    notifications: createNotificationsRouter(t, services),
    channels: createChannelsRouter(t, services),
    session: createSessionRouter(t, services),
    stats: createStatsRouter(t, services),
  });
}

/** The type of the whole API: what typed clients import. */
export type AppRouter = ReturnType<typeof createAppRouter>;
