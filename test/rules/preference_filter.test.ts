import { expect, test } from "vitest";
import { createPreferenceFilter, type Showable } from "../../server/rules/preference_filter.ts";
import { DEFAULT_PREFERENCES, type Preferences } from "../../server/rules/preferences.ts";

const make = (preferences: Partial<Preferences>) => createPreferenceFilter({ ...DEFAULT_PREFERENCES, ...preferences });
const some = (fields: Partial<Showable> = {}): Showable => ({
  ...{ channel: "orders", event: "notification", severity: 1, createdAt: Date.UTC(2030, 0, 1, 12) },
  ...fields,
});
const NOON = { from: "12:00", to: "13:00", timeZone: "UTC", criticalPasses: true };

test("preferences that hide nothing need no decision", () => {
  expect(make({})).toBeNull();
  expect(make({ sound: true, browserNotifications: true })).toBeNull();
});

test("a muted channel hides what was published before the time, of this channel only", () => {
  const until = make({ muted: { orders: "2030-01-01T12:00:00.001Z" } });
  expect(until?.hides(some({ severity: 4 }))).toBe(true);
  expect(until?.hides(some({ createdAt: Date.UTC(2030, 0, 1, 12, 0, 0, 1) }))).toBe(false);
  expect(until?.hides(some({ channel: "deploys" }))).toBe(false);
  expect(make({ muted: { orders: true } })?.hides(some({ createdAt: Date.UTC(2100, 0) }))).toBe(true);
});

test("a channel that is called like a member of every object is one like any other", () => {
  const mutes = make({ muted: { orders: true } });
  for (const channel of ["constructor", "toString", "__proto__"]) expect(mutes?.hides(some({ channel }))).toBe(false);
  const named = make({ muted: Object.fromEntries([["constructor", true]]) });
  expect(named?.hides(some({ channel: "constructor" }))).toBe(true);
});

test("a channel's own lowest severity holds instead of the one for all", () => {
  const filter = make({ minSeverity: "warning", channelSeverity: { orders: "info", deploys: "critical" } });
  expect(filter?.hides(some({ severity: 0 }))).toBe(false);
  expect(filter?.hides(some({ severity: 3, channel: "deploys" }))).toBe(true);
  expect(filter?.hides(some({ severity: 1, channel: "general" }))).toBe(true);
  expect(filter?.hides(some({ severity: 2, channel: "general" }))).toBe(false);
});

test("what is said about a notification that a screen may have is hidden by nothing", () => {
  const filter = make({ muted: { orders: true }, minSeverity: "critical", quietHours: NOON });
  expect(filter?.hides(some())).toBe(true);
  expect(filter?.hides(some({ event: "progress" }))).toBe(true);
  for (const event of ["removed", "expired", "acknowledged"]) expect(filter?.hides(some({ event }))).toBe(false);
});

test("preferences that decide alike have the same key, whatever their order, and others have not", () => {
  const one = make({ muted: { a: true, b: true }, quietHours: NOON, sound: true });
  const { timeZone, criticalPasses, from, to } = NOON;
  const same = make({ muted: { b: true, a: true }, quietHours: { timeZone, criticalPasses, to, from } });
  expect(one?.key).toBe(same?.key);
  const keys = [
    { muted: { a: true as const } },
    { muted: { a: "2030-01-01T00:00:00.000Z" } },
    { minSeverity: "error" as const },
    { channelSeverity: { a: "error" as const } },
    { quietHours: NOON },
    { quietHours: { ...NOON, criticalPasses: false } },
    { quietHours: { ...NOON, timeZone: "Europe/Berlin" } },
    { quietHours: { ...NOON, days: ["mon" as const] } },
  ].map((preferences) => make(preferences)?.key);
  expect(new Set(keys).size).toBe(keys.length);
});
