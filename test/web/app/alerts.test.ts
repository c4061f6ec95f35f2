import { createRoot } from "solid-js";
import { afterEach, expect, test, vi } from "vitest";
import { createAlerts } from "../../../web/app/state/alerts.ts";
import { createBrowserNotifications } from "../../../web/app/state/browser_notifications.ts";
import { createChime } from "../../../web/app/state/chime.ts";
import type { Notification as Message, Preferences } from "../../../web/client/mod.ts";

const PREFERENCES: Preferences = {
  ...{ muted: {}, minSeverity: "info", channelSeverity: {}, quietHours: null },
  ...{ sound: true, browserNotifications: true },
};

afterEach(() => void vi.unstubAllGlobals());

function message(id: number, change: Partial<Message> = {}): Message {
  const base = { channel: "general", event: "notification", type: "notification", severity: "info" } as const;
  const rest = { message: `message ${id}`, sender: "ada", timestamp: "2030-01-01T00:00:00.000Z", read: false };
  return { id, cursor: `e-${id}`, ...base, ...rest, ...change };
}

function start(preferences: Preferences | null = PREFERENCES) {
  let time = 0;
  let isWatched = false;
  const ring = vi.fn();
  const show = vi.fn();
  const alerts = createAlerts({
    chime: { ring },
    browser: { permission: () => "granted", ask: async () => "granted", show },
    userId: "ann",
    preferences: () => preferences ?? undefined,
    isWatched: () => isWatched,
    now: () => time,
  });
  const watch = () => {
    isWatched = true;
  };
  const wait = (ms: number) => {
    time += ms;
  };
  return { alerts, ring, show, watch, wait };
}

test("what arrives sounds and is shown by the browser, as preferences want it", () => {
  const { alerts, ring, show } = start();
  alerts.raise([message(1)]);
  expect(ring).toHaveBeenCalledTimes(1);
  expect(show).toHaveBeenCalledWith([message(1)]);
  const silent = start({ ...PREFERENCES, sound: false, browserNotifications: false });
  silent.alerts.raise([message(1)]);
  expect(silent.ring).not.toHaveBeenCalled();
  expect(silent.show).not.toHaveBeenCalled();
});

test("signals, what is addressed to others, and everything before preferences are known make no noise", () => {
  const { alerts, ring, show } = start();
  alerts.raise([message(1, { event: "progress" }), message(2, { to: ["bob"] })]);
  expect(ring).not.toHaveBeenCalled();
  alerts.raise([message(3, { to: ["ann"] }), message(4, { event: "progress" })]);
  expect(show.mock.calls).toEqual([[[message(3, { to: ["ann"] })]]]);
  const early = start(null);
  early.alerts.raise([message(1)]);
  expect(early.ring).not.toHaveBeenCalled();
});

test("a burst sounds once; who looks at the page hears it and is shown nothing more", () => {
  const { alerts, ring, show, watch, wait } = start();
  watch();
  for (let id = 1; id <= 20; id += 1) alerts.raise([message(id)]);
  expect(ring).toHaveBeenCalledTimes(1);
  wait(2_000);
  alerts.raise([message(21)]);
  expect(ring).toHaveBeenCalledTimes(2);
  expect(show).not.toHaveBeenCalled();
});

test("the chime makes no context before the user touches the page, and sounds only while it runs", () => {
  const oscillators: { start: ReturnType<typeof vi.fn> }[] = [];
  const parameter = {
    setValueAtTime: vi.fn(),
    linearRampToValueAtTime: vi.fn(),
    exponentialRampToValueAtTime: vi.fn(),
  };
  const context = {
    ...{ state: "suspended", currentTime: 5, destination: {} },
    ...{ resume: vi.fn(async () => undefined), close: vi.fn(async () => undefined) },
    createGain: () => ({ gain: parameter, connect: vi.fn() }),
    createOscillator: () => {
      const oscillator = { frequency: { value: 0 }, connect: (next: unknown) => next, start: vi.fn(), stop: vi.fn() };
      oscillators.push(oscillator);
      return oscillator;
    },
  };
  const make = vi.fn(() => context as unknown as AudioContext);
  const { chime, dispose } = createRoot((done) => ({ chime: createChime(make), dispose: done }));
  chime.ring();
  expect(make).not.toHaveBeenCalled();
  window.dispatchEvent(new Event("pointerdown"));
  expect(context.resume).toHaveBeenCalled();
  chime.ring();
  expect(oscillators).toEqual([]);
  context.state = "running";
  chime.ring();
  expect(oscillators.map(({ start }) => start.mock.calls)).toEqual([[[5]], [[5.12]]]);
  dispose();
  expect(context.close).toHaveBeenCalled();
});

test("the browser shows few by themselves, many as one, and none where it may not", async () => {
  const shown: { title: string; options: NotificationOptions }[] = [];
  class Shown {
    static permission = "default";
    static requestPermission = async () => "granted";
    constructor(title: string, options: NotificationOptions) {
      shown.push({ title, options });
    }
  }
  vi.stubGlobal("Notification", Shown);
  const browser = createBrowserNotifications();
  browser.show([message(1)]);
  expect(shown).toEqual([]);
  expect(await browser.ask()).toBe("granted");
  browser.show([message(1, { title: "Disk full" }), message(2)]);
  expect(shown).toMatchObject([
    { title: "Disk full", options: { body: "message 1", tag: "belfry-1" } },
    { title: "general", options: { body: "message 2", tag: "belfry-2" } },
  ]);
  browser.show([1, 2, 3, 4].map((id) => message(id)));
  expect(shown.at(-1)).toMatchObject({ title: "4 new notifications" });
  expect(shown).toHaveLength(3);
});

test("a browser that has notifications for service workers only is said to have none", () => {
  vi.stubGlobal(
    "Notification",
    Object.assign(
      () => {
        throw new TypeError("Illegal constructor");
      },
      { permission: "granted" },
    ),
  );
  const browser = createBrowserNotifications();
  browser.show([message(1)]);
  expect(browser.permission()).toBe("unsupported");
});
