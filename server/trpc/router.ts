import { createAuditRouter } from "./audit.ts";
import { type ChannelServices, createChannelsRouter } from "./channels.ts";
import { type ConnectionServices, createConnectionsRouter } from "./connections.ts";
import type { Trpc } from "./init.ts";
import { createNotificationsRouter, type NotificationServices } from "./notifications.ts";
import { createPreferencesRouter, type PreferenceServices } from "./preferences.ts";
import { createSessionRouter, type SessionServices } from "./session.ts";
import { createStatsRouter, type StatsServices } from "./stats.ts";
import { createTokensRouter, type TokenServices } from "./tokens.ts";
import { createTypesRouter, type TypeServices } from "./types.ts";
import { createUsersRouter, type UserServices } from "./users.ts";

/** Everything that the procedures use. */
export type Services = NotificationServices &
  ChannelServices &
  UserServices &
  TokenServices &
  TypeServices &
  SessionServices &
  PreferenceServices &
  ConnectionServices &
  StatsServices;

/** The whole typed API. */
export function createAppRouter(t: Trpc, services: Services) {
  return t.router({
    notifications: createNotificationsRouter(t, services),
    channels: createChannelsRouter(t, services),
    users: createUsersRouter(t, services),
    tokens: createTokensRouter(t, services),
    types: createTypesRouter(t, services),
    audit: createAuditRouter(t, services),
    session: createSessionRouter(t, services),
    preferences: createPreferencesRouter(t, services),
    connections: createConnectionsRouter(t, services),
    stats: createStatsRouter(t, services),
  });
}

/** The type of the whole API: what typed clients import. */
export type AppRouter = ReturnType<typeof createAppRouter>;
