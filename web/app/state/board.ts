import { useInfiniteQuery } from "@tanstack/solid-query";
import type { Notification } from "../../client/mod.ts";
import { useHub } from "./hub.ts";
import { plainText } from "./markdown.ts";

/** How often the board is read again while somebody looks, in ms. */
const REFRESH = 3_000;
const PAGE = 100;

/** Creates the status board of a channel: the newest of each key. */
export function createBoard(channel: () => string) {
  const hub = useHub();
  const pages = useInfiniteQuery(() => ({
    queryKey: ["board", channel()],
    queryFn: ({ pageParam }) =>
      hub.trpc.notifications.latest.query({ channel: channel(), after: pageParam, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: REFRESH,
    reconcile: "id",
  }));
  return { pages, items: (): Notification[] => pages.data?.pages.flatMap(({ items }) => items) ?? [] };
}

/** How far a task has come, 0 to 1, where data say so: `{ progress: 40 }` or `{ percent: 40 }`. */
export function progressOf(data: unknown): number | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const fields = data as Readonly<Record<string, unknown>>;
  const percent = fields["progress"] ?? fields["percent"];
  return typeof percent === "number" && percent >= 0 && percent <= 100 ? percent / 100 : undefined;
}

/** What a state says, in one line: its title or message, or else its data. */
export function summaryOf(state: Pick<Notification, "title" | "message" | "format" | "data">): string {
  const { title, message, data } = state;
  if (title !== undefined || message !== undefined) return title ?? plainText(state);
  return data === undefined ? "" : JSON.stringify(data);
}
