import { createContext, createSignal, onCleanup, useContext } from "solid-js";
import { type ConnectionState, ExpiryClock, type Hub, type Notification, type Subscription } from "../../client/mod.ts";
import { type Entry, isMessage } from "./entries.ts";
import { createInboxList, INBOX_LIMIT, type InboxList } from "./inbox_list.ts";
import { isSignedOut, toProblem } from "./problem.ts";
import { createReads, type Reads } from "./reads.ts";
import { createUnread, type Unread } from "./unread.ts";

/** How long arrivals gather before the screen changes, in ms: a burst is drawn once. */
const GATHER = 16;

/** The live list of notifications, newest first. */
export interface Inbox extends Omit<InboxList, "add" | "remove" | "restart" | "fail" | "newest" | "reach"> {
  readonly unread: Pick<Unread, "total" | "of">;
  readonly isRead: Reads["isRead"];
  /** Marks a notification, and with it those that it replaced. */
  mark(notification: Notification, read: boolean): void;
  /** Marks all that has arrived as read, of one channel or (empty) of all. */
  markAll(channel: string): void;
  /** Why the last marking did not work; empty: it did. */
  markProblem(): string;
  connection(): ConnectionState;
  /** What arrived last, live, for those who cannot see it arrive. */
  arrivals(): readonly Notification[];
  /** Whether it arrived while the page was open. */
  isFresh(notification: Notification): boolean;
}

/** What an inbox may be told to do otherwise. */
export interface InboxOptions {
  /** The hub knows nobody here any more. */
  readonly onSignedOut?: () => void;
  /** A notification, by id, was acknowledged. */
  readonly onAcknowledged?: (id: number) => void;
  /** Told of what arrived while the page was open, whatever the filter shows of it. */
  readonly onArrivals?: (arrivals: readonly Notification[]) => void;
}

/** Creates an {@linkcode Inbox} that follows the hub until its owner is disposed. */
export function createInbox(hub: Hub, options: InboxOptions = {}): Inbox {
  const { onSignedOut = () => {}, onAcknowledged = () => {}, onArrivals = () => {} } = options;
  const unread = createUnread(hub);
  const reads = createReads(hub, unread.refresh);
  const expiry = new ExpiryClock((ids) => drop(ids));
  const list = createInboxList(hub, { reads, expiry, onSignedOut });
  const [connection, setConnection] = createSignal<ConnectionState>("connecting");
  const [arrivals, setArrivals] = createSignal<readonly Notification[]>([]);
  let gathered: Entry[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let freshAfter = Number.POSITIVE_INFINITY;
  let hasConnected = false;
  let subscription: Subscription | undefined;

  const draw = () => {
    timer = undefined;
    const batch = gathered;
    gathered = [];
    setArrivals(list.add(batch));
    const fresh = batch.filter(isMessage).filter(({ id }) => id > freshAfter);
    if (fresh.length > 0) onArrivals(fresh);
  };
  const gather = (entry: Entry) => {
    gathered.push(entry);
    if (gathered.length > 2 * INBOX_LIMIT) gathered = gathered.slice(-INBOX_LIMIT);
    timer ??= setTimeout(draw, GATHER);
  };
  /** Takes away what is gone; `told`: id of the record that says so, if there is one. */
  const drop = (ids: readonly number[], told?: number) => {
    expiry.forget(ids);
    gathered = gathered.filter(({ id }) => id === undefined || !ids.includes(id));
    list.remove(ids);
    // Everybody is told of it at once: who knows how much it takes away need not ask.
    for (const id of ids) {
      const mark = reads.find(id);
      if (!mark || list.filter().all) unread.refresh();
      else if (!mark.isRead) unread.add(mark.channel, -1, told);
    }
  };

  const follow = (all: boolean, lastEventId?: string) =>
    hub.subscribe(
      { ...(all && { all }), ...(lastEventId && { lastEventId }) },
      {
        onNotification: (notification) => {
          reads.note(notification);
          // Among all there is what is addressed to others, which the user has not to read: the hub knows.
          if (list.filter().all && notification.to) unread.refresh();
          else if (!reads.isRead(notification)) unread.add(notification.channel, 1, notification.id);
          gather(notification);
        },
        onRemoved: ({ id, removed }) => drop([removed], id),
        onExpired: ({ ids }) => drop(ids),
        onRead: (change) => {
          reads.receive(change);
          unread.refresh();
          if (change.read === null) void list.reload();
        },
        onAcknowledged: ({ acknowledged }) => onAcknowledged(acknowledged),
        onGap: (gap) => {
          unread.refresh();
          if (gap.reason === "trimmed") return gather(gap);
          // Another database: what is on screen is not in it, and its ids mean nothing there.
          gathered = [];
          reads.forget();
          freshAfter = gap.head;
          list.restart(gap);
        },
        onConnected: ({ head }) => {
          const isBehind = !hasConnected && head > list.newest();
          list.reach(head);
          if (!hasConnected) freshAfter = head;
          hasConnected = true;
          unread.refresh();
          if (isBehind) void list.reload();
          else if (list.problem()) void list.load("older");
        },
        onState: setConnection,
        onError: (error) => {
          if (isSignedOut(error)) onSignedOut();
          else list.fail(toProblem(error).message);
        },
      },
    );
  subscription = follow(false);
  void list.reload();
  onCleanup(() => {
    subscription?.close();
    expiry.close();
    clearTimeout(timer);
  });

  return {
    ...list,
    setFilter: (change) => {
      const before = list.filter().all;
      list.setFilter(change);
      const { all } = list.filter();
      if (all === before) return;
      gathered = [];
      const from = subscription?.cursor;
      subscription?.close();
      subscription = follow(all, from);
    },
    unread,
    isRead: reads.isRead,
    mark: (notification, read) => void reads.mark(notification, read),
    markAll: (channel) => {
      if (list.newest() > 0) void reads.markAll(channel, list.newest());
    },
    markProblem: reads.problem,
    connection,
    arrivals,
    isFresh: ({ id }) => id > freshAfter,
  };
}

/** Carries the inbox of whoever is signed in, so that it stays live on every page. */
export const InboxContext = createContext<Inbox>();

/** The inbox of whoever is signed in. */
export function useInbox(): Inbox {
  const inbox = useContext(InboxContext);
  if (!inbox) throw new Error("Cannot use the inbox: the view stands outside InboxContext");
  return inbox;
}
