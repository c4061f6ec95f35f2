import { createRoot } from "solid-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Entry, EVERYTHING, isMessage, isShown, mergeEntries } from "../../../web/app/state/entries.ts";
import { createInbox, INBOX_LIMIT, type Inbox } from "../../../web/app/state/inbox.ts";
import type { Gap, Hub, Notification, SubscriptionHandlers } from "../../../web/client/mod.ts";

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
  let handlers!: SubscriptionHandlers;
  const closed = vi.fn();
  const list = vi.fn<Hub["list"]>(async (input) => {
    const { cursor, limit = 50, channels, text } = input ?? {};
    const before = cursor ? Number(cursor.split("-")[1]) : Number.POSITIVE_INFINITY;
    const found = history
      .filter(({ id, channel }) => id < before && (!channels || channels.includes(channel)))
      .filter(({ message }) => !text || message?.includes(text))
      .sort((one, other) => other.id - one.id);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1)?.cursor ?? null) : null, previous: null };
  });
  const subscribe: Hub["subscribe"] = (_input, given) => {
    handlers = given;
    return { cursor: undefined, state: "connecting", close: closed, [Symbol.dispose]: closed };
  };
  const hub = { list, subscribe } as unknown as Hub;
  const { inbox, dispose } = createRoot((done) => ({ inbox: createInbox(hub, { onSignedOut }), dispose: done }));
  const connect = (head: number) =>
    handlers.onConnected?.({ event: "connected", clientId: "c", head, epoch: "e", timestamp: "" });
  const settle = () => vi.advanceTimersByTimeAsync(300);
  return { inbox, list, closed, dispose, connect, settle, stream: () => handlers };
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
  const { inbox, settle, stream } = startInbox(Array.from({ length: 60 }, (_, at) => notification(at + 1)));
  expect(inbox.isLoading()).toBe(true);
  await settle();
  expect(inbox.entries()).toHaveLength(50);
  stream().onNotification(notification(61));
  await settle();
  expect(shownIds(inbox)[0]).toBe(61);
  expect(inbox.isFresh(notification(61))).toBe(true);
  expect(inbox.isFresh(notification(60))).toBe(false);
  await inbox.loadOlder();
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
