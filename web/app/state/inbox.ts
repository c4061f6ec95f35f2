import { createContext, createSignal, onCleanup, useContext } from "solid-js";
import type { ConnectionState, Hub, Notification } from "../../client/mod.ts";
import { type Entry, EVERYTHING, type InboxFilter, isMessage, isShown, mergeEntries, newestId } from "./entries.ts";
import { isSignedOut, toProblem } from "./problem.ts";

/** Most entries on screen before the oldest make room; loading older history by hand raises it. */
export const INBOX_LIMIT = 500;
/** How long arrivals gather before the screen changes, in ms: a burst is drawn once. */
const GATHER = 16;
/** How long typing must rest before the history is searched, in ms. */
const REST = 200;
const PAGE = 50;

/** The live list of notifications, newest first. */
export interface Inbox {
  entries(): readonly Entry[];
  filter(): InboxFilter;
  /** Changes a part of the filter; the history is read again. */
  setFilter(change: Partial<InboxFilter>): void;
  connection(): ConnectionState;
  isLoading(): boolean;
  /** Why the history cannot be shown; empty when it can. */
  problem(): string;
  hasOlder(): boolean;
  loadOlder(): Promise<void>;
  /** Tries again what failed. */
  retry(): Promise<void>;
  /** What arrived last, live, for those who cannot see it arrive. */
  arrivals(): readonly Notification[];
  /** Whether it arrived while the page was open. */
  isFresh(notification: Notification): boolean;
}

/** What an inbox may be told to do otherwise. */
export interface InboxOptions {
  /** The hub knows nobody here any more. */
  readonly onSignedOut?: () => void;
}

/** Creates an {@linkcode Inbox} that follows the hub until its owner is disposed. */
export function createInbox(hub: Hub, options: InboxOptions = {}): Inbox {
  const [entries, setEntries] = createSignal<readonly Entry[]>([]);
  const [filter, setFilter] = createSignal(EVERYTHING);
  const [connection, setConnection] = createSignal<ConnectionState>("connecting");
  const [isLoading, setLoading] = createSignal(true);
  const [problem, setProblem] = createSignal("");
  const [next, setNext] = createSignal<string | null>(null);
  const [arrivals, setArrivals] = createSignal<readonly Notification[]>([]);
  let gathered: Entry[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let search: ReturnType<typeof setTimeout> | undefined;
  let capacity = INBOX_LIMIT;
  let freshAfter = Number.POSITIVE_INFINITY;
  let question = 0;
  let hasConnected = false;

  const shown = (list: readonly Entry[]) => list.filter((entry) => !isMessage(entry) || isShown(filter(), entry));

  const draw = () => {
    timer = undefined;
    const batch = gathered;
    gathered = [];
    const merged = shown(mergeEntries(entries(), batch));
    const kept = merged.slice(0, capacity);
    const oldest = kept.findLast(isMessage);
    if (kept.length < merged.length && oldest) setNext(oldest.cursor);
    setEntries(kept);
    setArrivals(shown(batch).filter(isMessage));
  };

  const gather = (entry: Entry) => {
    gathered.push(entry);
    if (gathered.length > 2 * INBOX_LIMIT) gathered = gathered.slice(-INBOX_LIMIT);
    timer ??= setTimeout(draw, GATHER);
  };

  const load = async (cursor: string | null) => {
    question += 1;
    const asked = question;
    setLoading(true);
    setProblem("");
    try {
      const { channel, minSeverity, text } = filter();
      const page = await hub.list({
        ...(channel && { channels: [channel] }),
        ...(minSeverity !== "info" && { minSeverity }),
        ...(text.trim() && { text: text.trim() }),
        cursor,
        limit: PAGE,
      });
      if (asked !== question) return;
      // A first page starts the list anew: below it stands nothing that the next page would have to join.
      const floor = cursor === null && page.next ? (page.items.at(-1)?.id ?? 0) : 0;
      const kept = entries().filter((entry) => !isMessage(entry) || entry.id >= floor);
      const merged = mergeEntries(kept, page.items);
      if (cursor !== null) capacity = Math.max(capacity, merged.length);
      if (freshAfter === Number.POSITIVE_INFINITY) freshAfter = newestId(merged);
      setEntries(merged);
      setNext(page.next);
    } catch (error) {
      if (asked !== question) return;
      if (isSignedOut(error)) options.onSignedOut?.();
      setProblem(toProblem(error).message);
    } finally {
      if (asked === question) setLoading(false);
    }
  };

  const subscription = hub.subscribe(
    {},
    {
      onNotification: gather,
      onGap: (gap) => {
        if (gap.reason === "trimmed") return gather(gap);
        // Another database: what is on screen is not in it, and its ids mean nothing there.
        gathered = [];
        freshAfter = gap.head;
        setEntries([gap]);
        return void load(null);
      },
      onConnected: ({ head }) => {
        const isBehind = !hasConnected && head > newestId(entries());
        hasConnected = true;
        if (isBehind) void load(null);
        else if (problem()) void load(next());
      },
      onState: setConnection,
      onError: (error) => {
        if (isSignedOut(error)) options.onSignedOut?.();
        else setProblem(toProblem(error).message);
      },
    },
  );
  onCleanup(() => {
    subscription.close();
    clearTimeout(timer);
    clearTimeout(search);
    question += 1;
  });
  void load(null);

  return {
    entries,
    filter,
    setFilter: (change) => {
      setFilter((old) => ({ ...old, ...change }));
      setEntries(shown(entries()));
      setNext(null);
      setLoading(true);
      capacity = INBOX_LIMIT;
      question += 1;
      clearTimeout(search);
      search = setTimeout(() => void load(null), change.text === undefined ? 0 : REST);
    },
    connection,
    isLoading,
    problem,
    hasOlder: () => next() !== null,
    loadOlder: () => load(next()),
    retry: () => load(next()),
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
