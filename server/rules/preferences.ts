import { z } from "zod";
import { channelName } from "./names.ts";
import { type QuietHours, quietHours } from "./quiet_hours.ts";
import { SEVERITIES, type Severity } from "./severity.ts";
import { moment } from "./time.ts";

/** What a person wants to be shown, and how. History, counts and search stay complete. */
export interface Preferences {
  /** Channels that are not shown: what was published before this ISO time, or (true) whatever is published. */
  readonly muted: Readonly<Record<string, string | true>>;
  /** The mildest that is shown. */
  readonly minSeverity: Severity;
  /** The mildest that is shown of a channel, where that is another. */
  readonly channelSeverity: Readonly<Record<string, Severity>>;
  readonly quietHours: QuietHours | null;
  /** Whether a screen makes a sound. */
  readonly sound: boolean;
  /** Whether a browser shows notifications of its own. */
  readonly browserNotifications: boolean;
}

/** What holds until it is changed: everything is shown, in silence. */
export const DEFAULT_PREFERENCES: Preferences = {
  muted: {},
  minSeverity: "info",
  channelSeverity: {},
  quietHours: null,
  sound: false,
  browserNotifications: false,
};

/** Most channels that one change names. */
const MAX_CHANNELS = 200;

/**
 * Makes the schema of a change of preferences; `now` is unix ms. What is absent stays as it is; null puts back to the
 * default: a field, or a channel's entry in `muted` and `channelSeverity`.
 */
export function createPreferencesSchema(now: () => number) {
  const until = moment(now).transform(({ at }) => new Date(at).toISOString());
  const byChannel = <T extends z.ZodType>(value: T) =>
    z
      .record(channelName, value)
      .refine((entries) => Object.keys(entries).length <= MAX_CHANNELS, `must name at most ${MAX_CHANNELS} channels`);
  return z.strictObject({
    muted: byChannel(z.union([z.literal(true), z.null(), until])).nullish(),
    minSeverity: z.enum(SEVERITIES).nullish(),
    channelSeverity: byChannel(z.enum(SEVERITIES).nullable()).nullish(),
    quietHours: quietHours.nullish(),
    sound: z.boolean().nullish(),
    browserNotifications: z.boolean().nullish(),
  });
}

/** The schema of a change of preferences. */
export type PreferencesSchema = ReturnType<typeof createPreferencesSchema>;
/** A change as callers give it. */
export type PreferencesInput = z.input<PreferencesSchema>;
/** A checked change: what is to be merged into what is stored (RFC 7396). */
export type PreferencesChange = z.output<PreferencesSchema>;

/** What is stored, null: nothing, as preferences. */
export function readPreferences(json: string | null): Preferences {
  if (json === null) return DEFAULT_PREFERENCES;
  return { ...DEFAULT_PREFERENCES, ...(JSON.parse(json) as Partial<Preferences>) };
}

/** Preferences as they are now (unix ms): without the channels whose time is over. */
export function currentPreferences(preferences: Preferences, now: number): Preferences {
  const lasting = Object.entries(preferences.muted).filter(([, until]) => until === true || Date.parse(until) > now);
  return { ...preferences, muted: Object.fromEntries(lasting) };
}

/** The channels that a change says something about, but for taking back. */
export function channelsOfChange({ muted, channelSeverity }: PreferencesChange): Set<string> {
  const entries = [...Object.entries(muted ?? {}), ...Object.entries(channelSeverity ?? {})];
  return new Set(entries.filter(([, value]) => value !== null).map(([channel]) => channel));
}
