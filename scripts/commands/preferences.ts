import { defineCommand } from "citty";
import { type Preferences, type PreferencesInput, SEVERITIES, type Severity } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection, splitList } from "./connection.ts";
import { UsageError } from "./failure.ts";
import { formatTime } from "./screen.ts";

const PATH = ["belfry", "preferences"];
type QuietHours = NonNullable<PreferencesInput["quietHours"]>;

/** `belfry preferences` */
export const preferences = defineCommand({
  meta: { name: "preferences", description: "Show what the token's user wants to be shown; with options, change it" },
  args: {
    mute: { type: "string", description: "Show nothing of these channels, with commas", valueHint: "names" },
    for: {
      type: "string",
      description: "With --mute: how long, such as 30m or 8h (default: for good)",
      valueHint: "time",
    },
    unmute: { type: "string", description: "Show these channels again, with commas", valueHint: "names" },
    "min-severity": { type: "enum", description: "Show this severity and worse", options: [...SEVERITIES] },
    "channel-severity": {
      type: "string",
      description: "For a channel, this and worse instead: orders=error,deploys=info; orders= takes it back",
      valueHint: "name=severity",
    },
    quiet: { type: "string", description: "Quiet hours, such as 22:00-07:00; off: none", valueHint: "hours" },
    "time-zone": {
      type: "string",
      description: "With --quiet: IANA name (default: this machine's)",
      valueHint: "zone",
    },
    days: { type: "string", description: "With --quiet: days on which they begin, such as mon,tue", valueHint: "days" },
    critical: { type: "enum", description: "With --quiet: critical ones (default: pass)", options: ["pass", "hold"] },
    sound: { type: "enum", description: "Whether the page makes a sound", options: ["on", "off"] },
    browser: { type: "enum", description: "Whether the browser shows notifications", options: ["on", "off"] },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const changes = readChanges(args);
    const action = Object.keys(changes).length > 0 ? "set preferences" : "get preferences";
    const connection = readConnection(args, action);
    const now = await callHub(connection, action, (hub) =>
      action === "get preferences" ? hub.preferences.get() : hub.preferences.set(changes),
    );
    console.log(args.json ? JSON.stringify(now) : formatPreferences(now));
  },
});

type Args = Readonly<Record<string, unknown>> & { readonly [name: string]: unknown };

function readChanges(args: Args): PreferencesInput {
  const text = (name: string) => args[name] as string | undefined;
  const muted = readMuted(text("mute"), text("for"), text("unmute"));
  const channelSeverity = readChannelSeverity(text("channel-severity"));
  const quietHours = readQuietHours(args);
  return {
    ...(muted && { muted }),
    ...(args["min-severity"] !== undefined && { minSeverity: args["min-severity"] as Severity }),
    ...(channelSeverity && { channelSeverity }),
    ...(quietHours !== undefined && { quietHours }),
    ...(args["sound"] !== undefined && { sound: args["sound"] === "on" }),
    ...(args["browser"] !== undefined && { browserNotifications: args["browser"] === "on" }),
  };
}

function readMuted(mute: string | undefined, time: string | undefined, unmute: string | undefined) {
  if (time !== undefined && mute === undefined) throw new UsageError("--for goes with --mute", PATH);
  if (time !== undefined && !/^\d{1,9}(?:ms|s|m|h|d)$/.test(time)) {
    throw new UsageError(`--for must be a time such as 30m, 8h or 7d, is "${time}"`, PATH);
  }
  if (mute === undefined && unmute === undefined) return undefined;
  return Object.fromEntries([
    ...(splitList(mute) ?? []).map((name): [string, string | true] => [name, time === undefined ? true : `+${time}`]),
    ...(splitList(unmute) ?? []).map((name): [string, null] => [name, null]),
  ]);
}

function readChannelSeverity(text: string | undefined): Record<string, Severity | null> | undefined {
  if (text === undefined) return undefined;
  const entries = (splitList(text) ?? []).map((entry): [string, Severity | null] => {
    const [channel = "", severity] = entry.split("=", 2);
    const known = SEVERITIES.find((each) => each === severity);
    if (channel !== "" && (known || severity === "")) return [channel, known ?? null];
    throw new UsageError(`--channel-severity must be such as orders=error, or orders=; has "${entry}"`, PATH);
  });
  return Object.fromEntries(entries);
}

function readQuietHours(args: Args): QuietHours | null | undefined {
  const { quiet } = args as { readonly quiet?: string };
  const others = ["time-zone", "days", "critical"].filter((name) => args[name] !== undefined);
  if (quiet === undefined || quiet === "off") {
    if (others[0]) throw new UsageError(`--${others[0]} goes with --quiet FROM-TO`, PATH);
    return quiet === "off" ? null : undefined;
  }
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(quiet) ?? [];
  if (!from || !to) throw new UsageError(`--quiet must be off, or such as 22:00-07:00, is "${quiet}"`, PATH);
  const timeZone = (args["time-zone"] as string | undefined) ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const days = splitList(args["days"] as string | undefined) as QuietHours["days"];
  return { from, to, timeZone, criticalPasses: args["critical"] !== "hold", ...(days && { days }) };
}

function formatPreferences(all: Preferences): string {
  const { muted, minSeverity, channelSeverity, quietHours, sound, browserNotifications } = all;
  const mutes = Object.entries(muted).map(([name, until]) =>
    until === true ? name : `${name} until ${formatTime(until)}`,
  );
  const own = Object.entries(channelSeverity).map(([name, severity]) => `${name}: ${severity}`);
  const rows = [
    ["muted", mutes.join(", ") || "nothing"],
    ["lowest severity", [minSeverity, ...own].join(", ")],
    ["quiet hours", quietHours ? formatQuietHours(quietHours) : "none"],
    ["sound", sound ? "on" : "off"],
    ["browser notifications", browserNotifications ? "on" : "off"],
  ];
  return rows.map(([name = "", value]) => `${name.padEnd(22)} ${value}`).join("\n");
}

function formatQuietHours({
  from,
  to,
  timeZone,
  days,
  criticalPasses,
}: NonNullable<Preferences["quietHours"]>): string {
  const on = days ? `, beginning on ${days.join(", ")}` : "";
  return `${from} to ${to} ${timeZone}${on}; critical ones ${criticalPasses ? "pass" : "wait as well"}`;
}
