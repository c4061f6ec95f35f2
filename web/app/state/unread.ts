import { createSignal, onCleanup } from "solid-js";
import type { Hub } from "../../client/mod.ts";

/** How many messages the user has not read, as the hub counts them; what arrives meanwhile is added here. */
export interface Unread {
  total(): number;
  of(channel: string): number;
  /** One more of a channel, or with -1 one fewer; `id` of what the hub told, which may be in its counts already. */
  add(channel: string, count: 1 | -1, id?: number): void;
  /** Asks the hub anew, soon: what comes in one go asks once. */
  refresh(): void;
}

/** How long several reasons to ask anew gather, in ms. */
const GATHER = 100;

type Counts = Readonly<Record<string, number>>;

/** Creates {@linkcode Unread}, which counts until its owner is disposed. */
export function createUnread(hub: Hub): Unread {
  const [counts, setCounts] = createSignal<Counts>({});
  /** Added since the question that is under way was asked: its answer may hold them or not. */
  let isUncertain = false;
  /** Id of the newest notification that the counts hold. */
  let head = 0;
  let isAsking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  onCleanup(() => {
    isOver = true;
    clearTimeout(timer);
  });

  const ask = async () => {
    timer = undefined;
    if (isAsking) {
      isUncertain = true;
      return;
    }
    isAsking = true;
    isUncertain = false;
    try {
      const answer = await hub.trpc.notifications.unreadCount.query();
      head = answer.head;
      if (!isOver) setCounts(answer.channels);
    } catch {
      // The inbox says when the hub cannot be reached, and the next connection asks anew.
    } finally {
      isAsking = false;
      if (isUncertain) refresh();
    }
  };
  const refresh = () => {
    if (!isOver) timer ??= setTimeout(() => void ask(), GATHER);
  };

  return {
    total: () => Object.values(counts()).reduce((sum, count) => sum + count, 0),
    of: (channel) => counts()[channel] ?? 0,
    add: (channel, count, id) => {
      if (id !== undefined && id <= head) return;
      if (isAsking) isUncertain = true;
      setCounts((old) => ({ ...old, [channel]: Math.max(0, (old[channel] ?? 0) + count) }));
    },
    refresh,
  };
}
