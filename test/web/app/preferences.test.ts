import { expect, test } from "vitest";
import {
  checkPreferences,
  listChannelRules,
  listTimeZones,
  toChanges,
  toFields,
  toRule,
} from "../../../web/app/state/preferences.ts";
import type { Preferences } from "../../../web/client/mod.ts";

const NOTHING: Preferences = {
  ...{ muted: {}, minSeverity: "info", channelSeverity: {}, quietHours: null },
  ...{ sound: false, browserNotifications: false },
};
const NIGHT = { from: "21:30", to: "06:00", timeZone: "Asia/Kolkata", criticalPasses: false };

test("toFields() proposes a night in the browser's zone where there are no quiet hours", () => {
  expect(toFields(NOTHING, "Europe/Berlin")).toEqual({
    ...{ minSeverity: "info", quietHours: "", from: "22:00", to: "07:00", timeZone: "Europe/Berlin" },
    ...{ days: "mon tue wed thu fri sat sun", criticalPasses: "on", sound: "", browserNotifications: "" },
  });
});

test("toChanges() gives back what toFields() was made of", () => {
  for (const change of [
    {},
    { minSeverity: "error" as const, sound: true, browserNotifications: true },
    { quietHours: NIGHT },
    { quietHours: { ...NIGHT, days: ["mon" as const, "sat" as const], criticalPasses: true } },
  ]) {
    const preferences = { ...NOTHING, ...change };
    const { muted: _, channelSeverity: __, ...rest } = preferences;
    expect(toChanges(toFields(preferences, "UTC"))).toEqual(rest);
  }
});

test("checkPreferences() looks at quiet hours only where they are on", () => {
  const fields = { ...toFields(NOTHING, "UTC"), to: "22:00", days: "" };
  expect(checkPreferences(fields)).toEqual({});
  expect(Object.keys(checkPreferences({ ...fields, quietHours: "on" }))).toEqual(["to", "days"]);
  expect(checkPreferences({ ...fields, quietHours: "on", from: "", days: "mon" })).toEqual({ from: "Give a time" });
});

test("toRule() mutes for a time or for good, or raises the lowest severity; each is listed with what takes it back", () => {
  expect(toRule("orders", "+8h")).toEqual({ muted: { orders: "+8h" } });
  expect(toRule("orders", "forever")).toEqual({ muted: { orders: true } });
  expect(toRule("orders", "error")).toEqual({ channelSeverity: { orders: "error" } });
  const until = "2030-01-01T08:00:00.000Z";
  const muted = { shop: true as const, deploys: until };
  expect(listChannelRules({ ...NOTHING, muted, channelSeverity: { orders: "error" } })).toEqual([
    { channel: "deploys", muted: until, takeBack: { muted: { deploys: null } } },
    { channel: "orders", minSeverity: "error", takeBack: { channelSeverity: { orders: null } } },
    { channel: "shop", muted: true, takeBack: { muted: { shop: null } } },
  ]);
});

test("listTimeZones() has the one that is chosen, each once and in order", () => {
  const zones = listTimeZones("Asia/Kolkata");
  expect(zones).toContain("Europe/Berlin");
  expect(zones.filter((zone) => zone === "Asia/Kolkata")).toHaveLength(1);
  expect(zones).toEqual([...new Set(zones)].sort());
});
