import { createSignal, onCleanup } from "solid-js";
import type { ExpiryClock, Gap, HistoryPage, Hub, ListInput, Notification } from "../../client/mod.ts";
import { type Entry, isMessage, mergeEntries, newestId } from "./entries.ts";
import { EVERYTHING, type InboxFilter, isShown, toListInput } from "./inbox_filter.ts";
import { isSignedOut, toProblem } from "./problem.ts";
import type { Reads } from "./reads.ts";

/** Most entries on screen: beyond it those at the other end make room, and can be loaded again. */
export const INBOX_LIMIT = 500;
/** How long typing must rest before the history is searched, in ms. */
const REST = 200;
const PAGE = 50;

/** How far a search has come. */
export interface SearchProgress {
  /** Everything up to this id can be found. */
  readonly indexed: number;
  /** The newest id. */
  readonly head: number;
}

/** A window on the history, newest first: usually its newest end, where arrivals join it. */
export interface InboxList {
  entries(): readonly Entry[];
  filter(): InboxFilter;
  /** Changes a part of the filter; the history is read again. */
  setFilter(change: Partial<InboxFilter>): void;
  isLoading(): boolean;
  /** Why the history cannot be shown; empty when it can. */
  problem(): string;
  /** Says why nothing comes. */
  fail(problem: string): void;
  hasOlder(): boolean;
  /** The newest entries made room for older ones. */
  hasNewer(): boolean;
  load(direction: "older" | "newer"): Promise<void>;
  /** Reads the newest page again. */
  reload(): Promise<void>;
  /** Of a search whose index is behind the log; null: everything was searched. */
  lag(): SearchProgress | null;
  /** Takes in what arrived, and answers with what of it the filter shows. */
  add(batch: readonly Entry[]): Notification[];
  remove(ids: readonly number[]): void;
  /** Another database: nothing on screen is in it. */
  restart(gap: Gap): void;
  /** Id of the newest notification that the hub is known to have. */
  newest(): number;
  /** The hub has notifications up to an id. */
  reach(id: number): void;
}

/** What a list needs beside the hub. */
export interface InboxListOptions {
  readonly reads: Reads;
  readonly expiry: ExpiryClock;
  readonly onSignedOut: () => void;
}

/** Creates an {@linkcode InboxList}. */
export function createInboxList(hub: Hub, { reads, expiry, onSignedOut }: InboxListOptions): InboxList {
  const [entries, setEntries] = createSignal<readonly Entry[]>([]);
  const [filter, setFilter] = createSignal(EVERYTHING);
  const [isLoading, setLoading] = createSignal(true);
  const [problem, setProblem] = createSignal("");
  const [next, setNext] = createSignal<string | null>(null);
  /** Where the window ends above, if that is not the newest end; null: it is. */
  const [previous, setPrevious] = createSignal<string | null>(null);
  const [lag, setLag] = createSignal<SearchProgress | null>(null);
  let search: ReturnType<typeof setTimeout> | undefined;
  let question = 0;
  let newest = 0;
  /** Removed or expired; the answer to an earlier question may hold them still. */
  const gone = new Set<number>();
  onCleanup(() => {
    clearTimeout(search);
    question += 1;
  });

  const fits = (entry: Entry) => !isMessage(entry) || isShown(filter(), entry);
  const isWanted = (entry: Entry) => {
    const { read } = filter();
    return fits(entry) && (read === "" || !isMessage(entry) || reads.isRead(entry) === (read === "read"));
  };
  const see = (list: readonly Entry[]) => {
    newest = Math.max(newest, newestId(list));
    for (const entry of list) if (isMessage(entry)) expiry.watch(entry);
  };

  /** Shows a list but for what is gone, with the overhang taken from one end. */
  const show = (all: readonly Entry[], from: "older" | "newer") => {
    const list = all.filter((entry) => !isMessage(entry) || !gone.has(entry.id));
    const isTooLong = list.length > INBOX_LIMIT;
    const kept = from === "older" ? list.slice(0, INBOX_LIMIT) : list.slice(-INBOX_LIMIT);
    if (isTooLong && from === "older") setNext(kept.findLast(isMessage)?.cursor ?? null);
    if (isTooLong && from === "newer") setPrevious(kept.find(isMessage)?.cursor ?? null);
    setEntries(kept);
  };

  /** Asks for a page and takes it in, unless another question came meanwhile. */
  const ask = async (where: Pick<ListInput & object, "cursor" | "direction">, take: (page: HistoryPage) => void) => {
    question += 1;
    const asked = question;
    setLoading(true);
    setProblem("");
    try {
      const page = await reads.learn(() => hub.list({ ...toListInput(filter()), ...where, limit: PAGE }));
      if (asked !== question) return;
      take(page);
      see(page.items);
      const { indexed, head } = page;
      setLag(indexed !== undefined && head !== undefined && indexed < head ? { indexed, head } : null);
    } catch (error) {
      if (asked !== question) return;
      if (isSignedOut(error)) onSignedOut();
      setProblem(toProblem(error).message);
    } finally {
      if (asked === question) setLoading(false);
    }
  };

  const reload = () => {
    const seen = newest;
    return ask({ cursor: null }, (page) => {
      // Only what arrived since is newer than the page; below it stands nothing that the next page would have to join.
      const floor = page.items[0]?.id ?? seen;
      const told = new Set(page.items.map(({ id }) => id));
      const kept = entries().filter((entry) => !isMessage(entry) || entry.id > floor || told.has(entry.id));
      setNext(page.next);
      setPrevious(null);
      show(mergeEntries(kept, page.items), "older");
    });
  };

  return {
    entries,
    filter,
    setFilter: (change) => {
      const { all } = filter();
      setFilter((old) => ({ ...old, ...change }));
      // Of an entry, the page cannot tell whether it is addressed to others: only the hub knows who is asking.
      setEntries(filter().all === all ? entries().filter(isWanted) : []);
      setNext(null);
      setPrevious(null);
      setLag(null);
      setLoading(true);
      question += 1;
      clearTimeout(search);
      search = setTimeout(() => void reload(), change.text === undefined ? 0 : REST);
    },
    isLoading,
    problem,
    fail: setProblem,
    hasOlder: () => next() !== null,
    hasNewer: () => previous() !== null,
    load: (direction) => {
      if (direction === "newer" && previous() !== null) {
        return ask({ cursor: previous(), direction }, (page) => {
          setPrevious(page.items.length < PAGE ? null : page.previous);
          show(mergeEntries(entries(), page.items), "older");
        });
      }
      if (next() === null) return reload();
      return ask({ cursor: next() }, (page) => {
        setNext(page.next);
        show(mergeEntries(entries(), page.items), "newer");
      });
    },
    reload,
    lag,
    add: (batch) => {
      see(mergeEntries([], batch));
      const there = new Set(entries());
      // What is hidden, too, replaces what had its key.
      const merged = mergeEntries(entries(), batch).filter((entry) => (there.has(entry) ? fits : isWanted)(entry));
      if (previous() === null) show(merged, "older");
      return batch.filter(isWanted).filter(isMessage);
    },
    remove: (ids) => {
      for (const id of ids) gone.add(id);
      show(entries(), "older");
    },
    restart: (gap) => {
      gone.clear();
      newest = gap.head;
      setEntries([gap]);
      void reload();
    },
    newest: () => newest,
    reach: (id) => {
      newest = Math.max(newest, id);
    },
  };
}
