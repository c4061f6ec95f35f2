import { createSignal } from "solid-js";
import { createStore, produce, reconcile } from "solid-js/store";
import type { Hub, Notification, ReadChange } from "../../client/mod.ts";
import { createKeyMemory } from "./key_memory.ts";
import { toProblem } from "./problem.ts";

/** What is read and what is not, of the notifications that the page has seen. */
export interface Reads {
  /** Only messages for people are ever unread. */
  isRead(notification: Notification): boolean;
  /** Where a notification is and whether it is read; undefined: the page has not seen it. */
  find(id: number): Mark | undefined;
  /** Marks it and what it replaced, here at once and then in the hub, which tells the user's other screens. */
  mark(notification: Notification, read: boolean): Promise<void>;
  /** Marks everything up to an id as read, of one channel or (empty) of all. */
  markAll(channel: string, through: number): Promise<void>;
  /** Takes in what another screen changed. */
  receive(change: ReadChange): void;
  /** Takes in a notification that was just published. */
  note(notification: Notification): void;
  /** Asks for notifications, and takes what was changed meanwhile for newer than what their answer says of them. */
  learn<Page extends { readonly items: readonly Notification[] }>(ask: () => Promise<Page>): Promise<Page>;
  /** Another database: ids mean something else. */
  forget(): void;
  /** Why the last marking did not work; empty: it did. */
  problem(): string;
}

/** What is known of one notification. */
export interface Mark {
  readonly channel: string;
  readonly isRead: boolean;
}

/** Creates {@linkcode Reads}. `onMarked`: the hub knows it too. */
export function createReads(hub: Hub, onMarked: () => void): Reads {
  const [marks, setMarks] = createStore<Record<number, Mark>>({});
  const [problem, setProblem] = createSignal("");
  const keys = createKeyMemory();
  /** Those who wait for an answer of the hub, with what changed since they asked. */
  const waiting = new Set<ReadChange[]>();

  const apply = (change: ReadChange) => {
    if (change.read === null) return;
    setMarks(produce((all) => applyRead(all, change)));
  };
  const receive = (change: ReadChange) => {
    for (const missed of waiting) missed.push(change);
    apply(change);
  };
  const send = async (change: ReadChange, request: () => Promise<unknown>, undo?: ReadChange) => {
    receive(change);
    setProblem("");
    try {
      await request();
    } catch (error) {
      if (undo) receive(undo);
      setProblem(toProblem(error).message);
    } finally {
      onMarked();
    }
  };
  const { notifications } = hub.trpc;

  return {
    isRead: (notification) => marks[notification.id]?.isRead ?? isReadAlready(notification),
    find: (id) => marks[id],
    mark: async (notification, read) => {
      const ids = [notification.id, ...keys.replacedBy(notification)];
      const procedure = read ? notifications.markRead : notifications.markUnread;
      const change = (to: boolean): ReadChange => ({ event: "read", read: to, ids });
      await send(change(read), () => procedure.mutate({ ids }), change(!read));
    },
    markAll: async (channel, through) => {
      const where = channel ? { channel } : {};
      const change: ReadChange = { event: "read", read: true, through, ...where };
      await send(change, () => notifications.markAllRead.mutate({ through, ...where }));
    },
    receive,
    note: (it) => {
      keys.note(it);
      setMarks(it.id, (old) => ({ channel: it.channel, isRead: old?.isRead ?? isReadAlready(it) }));
    },
    learn: async (ask) => {
      const missed: ReadChange[] = [];
      waiting.add(missed);
      try {
        const page = await ask();
        for (const it of page.items) keys.note(it);
        const told = page.items.map((it) => [it.id, { channel: it.channel, isRead: isReadAlready(it) }] as const);
        setMarks(Object.fromEntries(told));
        missed.forEach(apply);
        return page;
      } finally {
        waiting.delete(missed);
      }
    },
    forget: () => {
      keys.forget();
      setMarks(reconcile({}));
    },
    problem,
  };
}

/** What a notification says of itself; signals for programs are never unread. */
function isReadAlready({ event, read }: Notification): boolean {
  return read || event !== "notification";
}

/** Changes marks as a change says. */
function applyRead(marks: Record<number, Mark>, { read, ids, through, channel }: ReadChange): void {
  if (read === null) return;
  if (ids) {
    for (const id of ids) marks[id] = { channel: marks[id]?.channel ?? "", isRead: read };
    return;
  }
  for (const [id, mark] of Object.entries(marks)) {
    const isMeant = through === undefined || Number(id) <= through;
    if (isMeant && (channel === undefined || mark.channel === channel)) marks[Number(id)] = { ...mark, isRead: read };
  }
}
