import type { Preferences } from "./preferences.ts";
import { createQuiet, type QuietHours } from "./quiet_hours.ts";
import { severityRank } from "./severity.ts";
import { FOLLOW_UPS } from "./stream_item.ts";

/** What the decision knows of a notification. */
export interface Showable {
  readonly channel: string;
  readonly event: string;
  /** Rank, 0 (info) to 4 (critical). */
  readonly severity: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Somebody's preferences as a decision about each notification. */
export interface PreferenceFilter {
  /** Equal for preferences that decide alike. */
  readonly key: string;
  /**
   * Whether a notification is not shown. From the notification alone, never from the time of asking: whether it is
   * delivered live, read on or resumed after, it is shown or not.
   */
  hides(notification: Showable): boolean;
}

/** Makes the decision; null: everything is shown. */
export function createPreferenceFilter(preferences: Preferences): PreferenceFilter | null {
  const { muted, minSeverity, channelSeverity, quietHours } = preferences;
  const mutedUntil = new Map(
    Object.entries(muted).map(([channel, until]) => [
      channel,
      until === true ? Number.POSITIVE_INFINITY : Date.parse(until),
    ]),
  );
  const lowest = severityRank(minSeverity);
  const lowestOf = new Map(Object.entries(channelSeverity).map(([channel, least]) => [channel, severityRank(least)]));
  const isQuiet = quietHours && createQuiet(quietHours);
  if (mutedUntil.size === 0 && lowest === 0 && lowestOf.size === 0 && !isQuiet) return null;
  const isHidden = ({ channel, severity, createdAt }: Showable) =>
    createdAt < (mutedUntil.get(channel) ?? 0) ||
    severity < (lowestOf.get(channel) ?? lowest) ||
    (isQuiet?.(createdAt, severity) ?? false);
  return {
    key: JSON.stringify([sorted(muted), lowest, sorted(channelSeverity), quietHours && partsOf(quietHours)]),
    // What is said about a notification comes in any case: a screen may have it from before.
    hides: (notification) => isHidden(notification) && !FOLLOW_UPS.has(notification.event),
  };
}

function sorted(entries: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function partsOf({ from, to, timeZone, days, criticalPasses }: QuietHours): unknown[] {
  return [from, to, timeZone, days, criticalPasses];
}
