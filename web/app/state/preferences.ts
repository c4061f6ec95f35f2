import { useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import { type Preferences, type PreferencesInput, SEVERITIES, type Severity } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";

type QuietHours = NonNullable<PreferencesInput["quietHours"]>;

/** Days of the week as people begin them. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** What the form of preferences holds; `on` or empty for what is on or off. */
export interface PreferenceFields extends Record<string, string> {
  minSeverity: string;
  quietHours: string;
  from: string;
  to: string;
  timeZone: string;
  /** Names of days, separated by spaces. */
  days: string;
  criticalPasses: string;
  sound: string;
  browserNotifications: string;
}

const KEY = ["preferences"];

/** What the user wants to be shown. */
export function usePreferences() {
  const hub = useHub();
  return useQuery(() => ({ queryKey: KEY, queryFn: (): Promise<Preferences> => hub.preferences.get() }));
}

/** Changes what the user wants to be shown. */
export function useSetPreferences() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: (changes: PreferencesInput) => hub.preferences.set(changes),
    onSuccess: (all: Preferences) => client.setQueryData(KEY, all),
  }));
}

/** The time zone of this browser. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every time zone to choose from, and one that is chosen already. */
export function listTimeZones(chosen: string): string[] {
  return [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", chosen])].sort();
}

/** Preferences as the form holds them; quiet hours that are off begin with a night in `timeZone`. */
export function toFields(preferences: Preferences, timeZone: string): PreferenceFields {
  const { minSeverity, quietHours, sound, browserNotifications } = preferences;
  const word = (isOn: boolean) => (isOn ? "on" : "");
  return {
    minSeverity,
    quietHours: word(quietHours !== null),
    from: quietHours?.from ?? "22:00",
    to: quietHours?.to ?? "07:00",
    timeZone: quietHours?.timeZone ?? timeZone,
    days: (quietHours?.days ?? DAYS).join(" "),
    criticalPasses: word(quietHours?.criticalPasses ?? true),
    sound: word(sound),
    browserNotifications: word(browserNotifications),
  };
}

/** Says what is wrong with each field before anything is sent. */
export function checkPreferences({ quietHours, from, to, days }: PreferenceFields): Partial<PreferenceFields> {
  if (!quietHours) return {};
  return {
    ...(!from && { from: "Give a time" }),
    ...(!to && { to: "Give a time" }),
    ...(from && from === to && { to: "Must be another time than the beginning" }),
    ...(!days && { days: "Choose a day" }),
  };
}

/** What the form changes. */
export function toChanges(fields: PreferenceFields): PreferencesInput {
  const { minSeverity, quietHours, sound, browserNotifications } = fields;
  return {
    minSeverity: minSeverity as Severity,
    quietHours: quietHours ? toQuietHours(fields) : null,
    sound: sound !== "",
    browserNotifications: browserNotifications !== "",
  };
}

function toQuietHours({ from, to, timeZone, days, criticalPasses }: PreferenceFields): QuietHours {
  const chosen = DAYS.filter((day) => days.split(" ").includes(day));
  return {
    from,
    to,
    timeZone,
    criticalPasses: criticalPasses !== "",
    ...(chosen.length < DAYS.length && { days: chosen }),
  };
}

/** Creates the form that changes the user's preferences. */
export function createPreferencesForm(preferences: Preferences): Form<PreferenceFields, Preferences> {
  const set = useSetPreferences();
  return createForm<PreferenceFields, Preferences>({
    initial: toFields(preferences, localTimeZone()),
    check: checkPreferences,
    submit: (fields) => set.mutateAsync(toChanges(fields)),
    paths: {
      "quietHours.from": "from",
      "quietHours.to": "to",
      "quietHours.timeZone": "timeZone",
      "quietHours.days": "days",
    },
  });
}

/** What one wants of a channel, by name: for how long nothing, or from which severity on. */
export const CHANNEL_RULES = [
  { value: "+1h", label: "Mute for an hour" },
  { value: "+8h", label: "Mute for 8 hours" },
  { value: "+7d", label: "Mute for a week" },
  { value: "forever", label: "Mute for good" },
  ...SEVERITIES.map((severity) => ({
    value: severity,
    label: severity === "critical" ? "Only critical" : `From ${severity} on`,
  })),
] as const;

/** The change that makes a rule of {@linkcode CHANNEL_RULES} hold for a channel. */
export function toRule(channel: string, rule: string): PreferencesInput {
  const severity = SEVERITIES.find((known) => known === rule);
  if (severity) return { channelSeverity: { [channel]: severity } };
  return { muted: { [channel]: rule === "forever" ? true : rule } };
}

/** What is wanted of one channel. */
export interface ChannelRule {
  readonly channel: string;
  /** Until when nothing is shown, as ISO time or (true) for good; undefined: it is not muted. */
  readonly muted?: string | true;
  readonly minSeverity?: Severity;
  /** The change that takes it back. */
  readonly takeBack: PreferencesInput;
}

/** What is wanted of single channels, by name. */
export function listChannelRules({ muted, channelSeverity }: Preferences): ChannelRule[] {
  const mutes = Object.entries(muted).map(
    ([channel, until]): ChannelRule => ({ channel, muted: until, takeBack: { muted: { [channel]: null } } }),
  );
  const levels = Object.entries(channelSeverity).map(
    ([channel, minSeverity]): ChannelRule => ({
      ...{ channel, minSeverity, takeBack: { channelSeverity: { [channel]: null } } },
    }),
  );
  return [...mutes, ...levels].sort((one, other) => one.channel.localeCompare(other.channel));
}

/** Creates the form that wants something else of one channel. */
export function createRuleForm(): Form<{ channel: string; rule: string }, Preferences> {
  const set = useSetPreferences();
  const form = createForm<{ channel: string; rule: string }, Preferences>({
    initial: { channel: "", rule: CHANNEL_RULES[0].value },
    check: ({ channel }) => (channel ? {} : { channel: "Choose a channel" }),
    submit: async ({ channel, rule }) => {
      const all = await set.mutateAsync(toRule(channel, rule));
      form.set("channel", "");
      return all;
    },
  });
  return form;
}
