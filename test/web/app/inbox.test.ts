import { createRoot } from "solid-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Entry, isMessage, mergeEntries } from "../../../web/app/state/entries.ts";
import { createInbox, type Inbox } from "../../../web/app/state/inbox.ts";
import { EVERYTHING, isShown } from "../../../web/app/state/inbox_filter.ts";
import { INBOX_LIMIT } from "../../../web/app/state/inbox_list.ts";
import type {
  Gap,
  Hub,
  ListInput,
  Notification,
  SubscribeInput,
  SubscriptionHandlers,
} from "../../../web/client/mod.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function notification(id: number, change: Partial<Notification> = {}): Notification {
  const base = { channel: "general", event: "notification", type: "notification", severity: "info" } as const;
  const rest = { message: `message ${id}`, sender: "ada", timestamp: "2030-01-01T00:00:00.000Z", read: false };
  return { id, cursor: `e-${id}`, ...base, ...rest, ...change };
}

function gap(resumed: number, reason: Gap["reason"] = "trimmed"): Gap {
  return { event: "gap", reason, after: "e-1", resumed: `e-${resumed}`, oldest: resumed + 1, head: resumed + 9 };
}

const ids = (entries: readonly Entry[]) => entries.map((entry) => (isMessage(entry) ? entry.id : entry.reason));

/** The far side of the network: a history that is listed, and a stream that the test speaks on. */
function startInbox(history: Notification[], onSignedOut = () => {}) {
  const onArrivals = vi.fn();
  let handlers!: SubscriptionHandlers;
  const closed = vi.fn();
  const followed: SubscribeInput[] = [];
  const list = vi.fn<Hub["list"]>(async (input) => page(history, input ?? {}));
  const subscribe: Hub["subscribe"] = (input, given) => {
    followed.push(input);
    handlers = given;
    return { cursor: "e-7", state: "connecting", close: closed, [Symbol.dispose]: closed };
  };
  const counts = { total: 0, channels: {} as Record<string, number>, head: 0 };
  const marked = vi.fn(async (..._: unknown[]) => undefined);
  const procedure = (name: string) => ({ mutate: (input: unknown) => marked(name, input) });
  const notifications = {
    unreadCount: { query: async () => structuredClone(counts) },
    ...{ markRead: procedure("read"), markUnread: procedure("unread"), markAllRead: procedure("all") },
  };
  const hub = { list, subscribe, trpc: { notifications } } as unknown as Hub;
  const { inbox, dispose } = createRoot((done) => ({
    inbox: createInbox(hub, { onSignedOut, onArrivals }),
    dispose: done,
  }));
  const connect = (head: number) =>
    handlers.onConnected?.({ event: "connected", clientId: "c", head, epoch: "e", timestamp: "" });
  const settle = () => vi.advanceTimersByTimeAsync(300);
  return {
    inbox,
    list,
    closed,
    onArrivals,
    followed,
    counts,
    marked,
    dispose,
    connect,
    settle,
    stream: () => handlers,
  };
}

/** A page of a history, as the hub answers. */
function page(history: readonly Notification[], input: ListInput & object) {
  const { cursor, limit = 50, channels, text, direction = "older", read } = input;
  const position = Number(cursor?.split("-")[1] ?? Number.POSITIVE_INFINITY);
  const found = history
    .filter(({ id }) => (direction === "older" ? id < position : id > position))
    .filter(({ channel }) => !channels || channels.includes(channel))
    .filter((one) => (!text || one.message?.includes(text)) && (read === undefined || one.read === read))
    .sort((one, other) => other.id - one.id);
  const items = direction === "older" ? found.slice(0, limit) : found.slice(-limit);
  const next = found.length > limit ? (items.at(-1)?.cursor ?? null) : null;
  return { items, next, previous: items[0]?.cursor ?? null };
}

const shownIds = (inbox: Inbox) => ids(inbox.entries());

test("mergeEntries() puts the newest first and each notification once", () => {
  const first = notification(2);
  const merged = mergeEntries([first, notification(1)], [notification(3), notification(2)]);
  expect(ids(merged)).toEqual([3, 2, 1]);
  expect(merged[1]).toBe(first);
});

test("mergeEntries() keeps the newest of a channel's key, whichever comes first", () => {
  const old = notification(1, { key: "build" });
  const other = notification(2, { key: "build", channel: "ops" });
  const recent = notification(3, { key: "build" });
  expect(ids(mergeEntries([other, old], [recent]))).toEqual([3, 2]);
  expect(ids(mergeEntries([recent], [other, old]))).toEqual([3, 2]);
});

test("mergeEntries() puts a gap between what was lost and what follows", () => {
  expect(ids(mergeEntries([notification(4)], [gap(7), notification(8)]))).toEqual([8, "trimmed", 4]);
});

test("isShown() filters by channel, severity and words in title or message", () => {
  const it = notification(1, { severity: "error", title: "Disk FULL" });
  expect(isShown({ ...EVERYTHING, minSeverity: "error", text: " disk full " }, it)).toBe(true);
  expect(isShown({ ...EVERYTHING, minSeverity: "critical" }, it)).toBe(false);
  expect(isShown({ ...EVERYTHING, channel: "ops" }, it)).toBe(false);
  expect(isShown({ ...EVERYTHING, text: "nothing" }, it)).toBe(false);
});

test("createInbox() shows the history, then what arrives, and loads older pages", async () => {
  const { inbox, settle, stream, connect } = startInbox(Array.from({ length: 60 }, (_, at) => notification(at + 1)));
  expect(inbox.isLoading()).toBe(true);
  await settle();
  connect(60);
  expect(inbox.entries()).toHaveLength(50);
  stream().onNotification(notification(61));
  await settle();
  expect(shownIds(inbox)[0]).toBe(61);
  expect(inbox.isFresh(notification(61))).toBe(true);
  expect(inbox.isFresh(notification(60))).toBe(false);
  await inbox.load("older");
  expect(inbox.entries()).toHaveLength(61);
  expect(inbox.hasOlder()).toBe(false);
});

test("createInbox() draws a burst once and keeps no more than its limit; the rest can be loaded again", async () => {
  const { inbox, settle, stream } = startInbox([]);
  await settle();
  for (let id = 1; id <= INBOX_LIMIT + 20; id += 1) stream().onNotification(notification(id));
  expect(inbox.entries()).toHaveLength(0);
  await settle();
  expect(inbox.entries()).toHaveLength(INBOX_LIMIT);
  expect(shownIds(inbox).at(-1)).toBe(21);
  expect(inbox.hasOlder()).toBe(true);
});

test("createInbox() reads the history again when something was committed before the stream stood", async () => {
  const history = [notification(1)];
  const { inbox, settle, connect } = startInbox(history);
  await settle();
  history.push(notification(2));
  connect(2);
  await settle();
  expect(shownIds(inbox)).toEqual([2, 1]);
});

test("Inbox.setFilter() asks the hub, filters what arrives, and forgets what a hidden notification replaced", async () => {
  const history = [notification(1, { channel: "ops", key: "k" }), notification(2)];
  const { inbox, list, settle, stream } = startInbox(history);
  await settle();
  inbox.setFilter({ channel: "ops" });
  expect(shownIds(inbox)).toEqual([1]);
  await settle();
  expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ channels: ["ops"], cursor: null }));
  stream().onNotification(notification(3));
  inbox.setFilter({ text: "message 1" });
  await settle();
  expect(shownIds(inbox)).toEqual([1]);
  stream().onNotification(notification(4, { channel: "ops", key: "k", message: "solved" }));
  await settle();
  expect(shownIds(inbox)).toEqual([]);
});

test("createInbox() starts anew when the hub's database is another one", async () => {
  const history = [notification(9)];
  const { inbox, settle, stream } = startInbox(history);
  await settle();
  history.splice(0, 1, notification(3));
  stream().onGap?.(gap(3, "epoch"));
  await settle();
  expect(shownIds(inbox)).toEqual(["epoch", 3]);
});

test("createInbox() says why the history cannot be shown, and shows it once connected again", async () => {
  const { inbox, list, settle, connect } = startInbox([notification(1)]);
  list.mockRejectedValueOnce(new TypeError("fetch failed"));
  inbox.setFilter({});
  await settle();
  expect(inbox.problem()).toMatch(/^Cannot reach the hub/);
  connect(1);
  await settle();
  expect(inbox.problem()).toBe("");
  expect(shownIds(inbox)).toEqual([1]);
});

test("createInbox() tells when nobody is signed in any more, and closes its stream with its owner", async () => {
  const onSignedOut = vi.fn();
  const { closed, dispose, stream } = startInbox([], onSignedOut);
  const error = Object.assign(new Error("no valid credential"), { data: { code: "UNAUTHORIZED" } });
  stream().onError?.(error as never);
  expect(onSignedOut).toHaveBeenCalledOnce();
  dispose();
  expect(closed).toHaveBeenCalledOnce();
});

test("createInbox() keeps a window: what made room for older pages comes back, arrivals do not tear it open", async () => {
  const history = Array.from({ length: INBOX_LIMIT + 120 }, (_, at) => notification(at + 1));
  const { inbox, settle, stream } = startInbox(history);
  await settle();
  while (inbox.hasOlder()) await inbox.load("older");
  expect(inbox.entries()).toHaveLength(INBOX_LIMIT);
  expect(shownIds(inbox).at(-1)).toBe(1);
  expect(inbox.hasNewer()).toBe(true);
  stream().onNotification(notification(INBOX_LIMIT + 121));
  await settle();
  expect(shownIds(inbox)[0]).toBe(INBOX_LIMIT);
  history.push(notification(INBOX_LIMIT + 121));
  while (inbox.hasNewer()) await inbox.load("newer");
  expect(shownIds(inbox)[0]).toBe(INBOX_LIMIT + 121);
  expect(shownIds(inbox).at(-1)).toBe(122);
  expect(inbox.hasOlder()).toBe(true);
});

test("createInbox() takes what was removed or has expired off the screen, also out of a page that held it still", async () => {
  const history = [1, 2, 3, 4].map((id) => notification(id));
  const { inbox, settle, stream } = startInbox(history);
  await settle();
  stream().onNotification(notification(5));
  stream().onRemoved?.({ ...notification(6), event: "removed", removed: 5 } as never);
  stream().onRemoved?.({ ...notification(7), event: "removed", removed: 2 } as never);
  stream().onExpired?.({ event: "expired", ids: [1, 4] });
  await settle();
  expect(shownIds(inbox)).toEqual([3]);
  await inbox.reload();
  expect(shownIds(inbox)).toEqual([3]);
});

test("Inbox.mark() shows at once what it marks, together with what was replaced, and takes it back when it fails", async () => {
  const { inbox, settle, stream, marked } = startInbox([notification(1, { key: "k" })]);
  await settle();
  for (const id of [2, 3]) stream().onNotification(notification(id, { key: "k" }));
  await settle();
  const [newest] = inbox.entries().filter(isMessage);
  if (!newest) throw new Error("there is none");
  expect(inbox.isRead(newest)).toBe(false);
  inbox.mark(newest, true);
  expect(inbox.isRead(newest)).toBe(true);
  expect(marked).toHaveBeenLastCalledWith("read", { ids: [3, 2, 1] });
  await settle();
  marked.mockRejectedValueOnce(new TypeError("fetch failed"));
  inbox.mark(newest, false);
  expect(inbox.isRead(newest)).toBe(false);
  await settle();
  expect(inbox.isRead(newest)).toBe(true);
  expect(inbox.markProblem()).toMatch(/^Cannot reach the hub/);
});

test("Inbox.markAll() marks what has arrived, of one channel or of all, and nothing that comes later", async () => {
  const { inbox, settle, stream, marked } = startInbox([notification(1), notification(2, { channel: "ops" })]);
  await settle();
  const read = () =>
    inbox
      .entries()
      .filter(isMessage)
      .filter(inbox.isRead)
      .map(({ id }) => id);
  inbox.markAll("ops");
  expect(marked).toHaveBeenLastCalledWith("all", { channel: "ops", through: 2 });
  expect(read()).toEqual([2]);
  inbox.markAll("");
  expect(marked).toHaveBeenLastCalledWith("all", { through: 2 });
  stream().onNotification(notification(3));
  await settle();
  expect(read()).toEqual([2, 1]);
});

test("createInbox() follows what another screen marks, also while a page is on its way, and asks anew when it missed some", async () => {
  const history = [1, 2, 3].map((id) => notification(id));
  const { inbox, list, settle, stream } = startInbox(history);
  const read = () =>
    inbox
      .entries()
      .filter(isMessage)
      .filter(inbox.isRead)
      .map(({ id }) => id);
  stream().onRead?.({ event: "read", read: true, ids: [2] });
  await settle();
  expect(read()).toEqual([2]);
  stream().onRead?.({ event: "read", read: true, through: 2, channel: "general" });
  stream().onRead?.({ event: "read", read: false, ids: [1] });
  expect(read()).toEqual([2]);
  history[2] = notification(3, { read: true });
  const before = list.mock.calls.length;
  stream().onRead?.({ event: "read", read: null });
  await settle();
  expect(list).toHaveBeenCalledTimes(before + 1);
  expect(read()).toEqual([3]);
});

test("createInbox() counts what is unread: as the hub says, and one more with each arrival", async () => {
  const { inbox, settle, stream, counts, connect } = startInbox([]);
  counts.channels = { ops: 4, general: 1 };
  counts.head = 9;
  connect(9);
  await settle();
  stream().onNotification(notification(9, { channel: "ops" }));
  stream().onRemoved?.({ ...notification(8), event: "removed", removed: 9 } as never);
  expect([inbox.unread.total(), inbox.unread.of("ops"), inbox.unread.of("none")]).toEqual([5, 4, 0]);
  stream().onNotification(notification(10, { channel: "ops" }));
  stream().onNotification(notification(11, { channel: "ops", event: "progress" }));
  expect(inbox.unread.of("ops")).toBe(5);
  stream().onRemoved?.({ ...notification(12), event: "removed", removed: 10 } as never);
  expect(inbox.unread.of("ops"), "it was unread").toBe(4);
  stream().onExpired?.({ event: "expired", ids: [11] });
  expect(inbox.unread.of("ops"), "a signal counts nowhere").toBe(4);
  counts.channels = {};
  stream().onRead?.({ event: "read", read: true, through: 11 });
  await settle();
  expect(inbox.unread.total()).toBe(0);
});

test("Inbox shows nothing of others once it is not to show all, and never counts theirs as unread", async () => {
  const theirs = notification(2, { to: ["bob"] });
  const history = [notification(1), theirs];
  const { inbox, counts, settle, stream, connect, dispose } = startInbox(history);
  connect(2);
  await settle();
  inbox.setFilter({ all: true });
  await settle();
  expect(shownIds(inbox)).toEqual([2, 1]);
  stream().onNotification(notification(3, { to: ["bob"] }));
  expect(inbox.unread.total()).toBe(0);
  stream().onNotification(notification(4));
  expect(inbox.unread.total()).toBe(1);
  counts.channels = { general: 1 };
  stream().onRemoved?.({ event: "removed", removed: 3 } as Parameters<
    NonNullable<SubscriptionHandlers["onRemoved"]>
  >[0]);
  expect(inbox.unread.total()).toBe(1);
  await settle();
  expect(inbox.unread.total()).toBe(1);
  expect(shownIds(inbox)).toEqual([4, 2, 1]);
  stream().onNotification(notification(5, { to: ["bob"] }));
  history.splice(1);
  inbox.setFilter({ all: false });
  expect(shownIds(inbox)).toEqual([]);
  await settle();
  expect(shownIds(inbox)).toEqual([1]);
  dispose();
});

test("Inbox.setFilter() narrows by read state and time, and follows all when an admin wants to see all", async () => {
  const history = [notification(1, { read: true }), notification(2), notification(3)];
  const { inbox, list, settle, stream, followed, closed } = startInbox(history);
  await settle();
  inbox.setFilter({ read: "unread" });
  expect(shownIds(inbox)).toEqual([3, 2]);
  await settle();
  stream().onRead?.({ event: "read", read: true, ids: [3] });
  expect(shownIds(inbox), "nothing vanishes under the reader's eyes").toEqual([3, 2]);
  inbox.setFilter({ read: "", until: "2029-12-31T00:00" });
  await settle();
  stream().onNotification(notification(4));
  await settle();
  expect(shownIds(inbox)).not.toContain(4);
  inbox.setFilter({ all: true });
  await settle();
  expect(closed).toHaveBeenCalledOnce();
  expect(followed).toEqual([{}, { all: true, lastEventId: "e-7" }]);
  expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ all: true }));
});

test("Inbox tells once of what arrives while the page is open, whatever the filter shows; not of what was there", async () => {
  const { inbox, onArrivals, connect, settle, stream, dispose } = startInbox([notification(1)]);
  await settle();
  connect(2);
  inbox.setFilter({ channel: "elsewhere" });
  stream().onNotification(notification(2));
  stream().onNotification(notification(3));
  stream().onNotification(notification(4, { event: "progress" }));
  stream().onGap?.(gap(5));
  await settle();
  expect(onArrivals.mock.calls).toEqual([[[notification(3), notification(4, { event: "progress" })]]]);
  dispose();
});
