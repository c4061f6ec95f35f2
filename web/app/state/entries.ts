import type { Gap, Notification, Severity } from "../../client/mod.ts";
import { SEVERITIES } from "../../client/mod.ts";
import { fromLocal } from "./local_time.ts";

/** One line of the inbox: a notification, or the place where something is lost. */
export type Entry = Notification | Gap;

/** What the inbox shows. */
export interface InboxFilter {
  /** Only this channel; empty: all. */
  readonly channel: string;
  readonly minSeverity: Severity;
  /** Words of title or message; empty: everything. */
  readonly text: string;
  readonly read: "" | "read" | "unread";
  /** When it was published, as `datetime-local` has it; empty: whenever. */
  readonly from: string;
  readonly until: string;
  /** Also what is addressed to others; for admins. */
  readonly all: boolean;
}

/** Shows everything. */
export const EVERYTHING: InboxFilter = {
  ...{ channel: "", minSeverity: "info", text: "", read: "" },
  ...{ from: "", until: "", all: false },
};

/** Whether an entry is a notification. */
export function isMessage(entry: Entry): entry is Notification {
  return entry.id !== undefined;
}

/** Whether a filter hides anything. */
export function isNarrow(filter: InboxFilter): boolean {
  const { channel, minSeverity, text, read, from, until } = filter;
  return (
    minSeverity !== EVERYTHING.minSeverity || [channel, text.trim(), read, from, until].some((part) => part !== "")
  );
}

/** Whether a filter shows a notification, by the same rules as the hub's history but for whether it is read. */
export function isShown(filter: InboxFilter, notification: Notification): boolean {
  const { channel, minSeverity, text, from, until } = filter;
  if (channel && notification.channel !== channel) return false;
  if (SEVERITIES.indexOf(notification.severity) < SEVERITIES.indexOf(minSeverity)) return false;
  const at = Date.parse(notification.timestamp);
  if (at < momentOf(from, Number.NEGATIVE_INFINITY) || at > momentOf(until, Number.POSITIVE_INFINITY)) return false;
  const words = text.toLowerCase().replaceAll('"', " ").split(/\s+/).filter(Boolean);
  const said = `${notification.title ?? ""} ${notification.message ?? ""}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

function momentOf(text: string, otherwise: number): number {
  const time = fromLocal(text);
  return time === undefined ? otherwise : Date.parse(time);
}

/**
 * Merges arrivals into a list, newest first, each notification once. Of those with the same channel and key only the
 * newest stays. Entries that were there keep their identity, so that their rows are not drawn again.
 */
export function mergeEntries(old: readonly Entry[], arrivals: readonly Entry[]): Entry[] {
  const byPlace = new Map<number, Entry>();
  for (const entry of [...arrivals, ...old]) byPlace.set(placeOf(entry), entry);
  const sorted = [...byPlace].sort(([one], [other]) => other - one).map(([, entry]) => entry);
  const keys = new Set<string>();
  return sorted.filter((entry) => {
    if (!isMessage(entry) || entry.key === undefined) return true;
    const key = keyOf(entry);
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  });
}

/** What a later notification with a key replaces. */
export function keyOf({ channel, key }: Notification): string {
  return `${channel} ${key}`;
}

/** The newest notification's id; 0 when there is none. */
export function newestId(entries: readonly Entry[]): number {
  return entries.find(isMessage)?.id ?? 0;
}

/** Where an entry stands: a notification at its id, a gap between what was lost and what follows. */
function placeOf(entry: Entry): number {
  return isMessage(entry) ? entry.id : Number(entry.resumed.split("-").at(-1)) + 0.5;
}
