import type { inferRouterInputs } from "@trpc/server";
import type { HubClient } from "./hub.ts";
import type { AppRouter, UnreadCounts } from "./items.ts";

type Inputs = inferRouterInputs<AppRouter>["notifications"];

/** What the user has read. With a token, the user that it is bound to. */
export interface ReadCalls {
  /** Marks as read; ids of what is not there are passed over. Answers with how many were unread. @throws {HubError} */
  markRead(ids: readonly number[]): Promise<{ readonly changed: number }>;
  /** Marks as unread; answers with how many were read. @throws {HubError} */
  markUnread(ids: readonly number[]): Promise<{ readonly changed: number }>;
  /** Marks everything as read: of a channel or of all, up to a notification or to the newest. @throws {HubError} */
  markAllRead(input?: Inputs["markAllRead"]): Promise<{ readonly through: number }>;
  /** How much is unread, in all and by channel. @throws {HubError} */
  unreadCount(input?: Inputs["unreadCount"]): Promise<UnreadCounts>;
}

/** Makes the {@linkcode ReadCalls} of a client. */
export function createReadCalls({ notifications }: HubClient): ReadCalls {
  return {
    markRead: (ids) => notifications.markRead.mutate({ ids: [...ids] }),
    markUnread: (ids) => notifications.markUnread.mutate({ ids: [...ids] }),
    markAllRead: (input) => notifications.markAllRead.mutate(input),
    unreadCount: (input) => notifications.unreadCount.query(input),
  };
}
