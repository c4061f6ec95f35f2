import type { Bench } from "../bench.ts";
import { askAll, storedIn, timesIn } from "../questions.ts";
import { channelOf } from "../world.ts";

const COUNT = "/api/notifications/unread-count";

/** What a member has not read of 1,000,000 notifications in 200 channels, of which it may read 150: counted, and marked as read. */
export async function reads(bench: Bench): Promise<void> {
  const stored = storedIn(bench);
  // Each goes a little further than the one before, so that each has something to mark.
  const readAll = (from: number, to: number, input = {}) =>
    Array.from({ length: timesIn(bench) }, (_, n) => {
      const through = Math.round(stored * (from + ((to - from) * (n + 1)) / timesIn(bench)));
      return JSON.stringify({ all: true, through, ...input });
    });
  const member = { asMember: true };
  const [atMostForCount, atMostForAll] = [2, 5];
  await askAll(bench, [
    { name: "unread counts", path: COUNT, goal: atMostForCount, ...member },
    { name: "unread counts, tRPC", path: "/trpc/notifications.unreadCount", goal: atMostForCount, ...member },
    { name: "unread count of a channel", path: `${COUNT}?channels=${channelOf(0)}`, goal: atMostForCount, ...member },
    {
      name: "read-all of a channel",
      path: "/api/notifications/read",
      bodies: readAll(0.5, 0.6, { channel: channelOf(0) }),
      goal: atMostForAll,
      ...member,
    },
    { name: "read-all", path: "/api/notifications/read", bodies: readAll(0.6, 0.9), goal: atMostForAll, ...member },
    { name: "unread counts after it", path: COUNT, goal: atMostForCount, ...member },
  ]);
}
