import type { Gap, Notification } from "../../client/mod.ts";

/** One line of the inbox: a notification, or the place where something is lost. */
export type Entry = Notification | Gap;

/** Whether an entry is a notification. */
export function isMessage(entry: Entry): entry is Notification {
  return entry.id !== undefined;
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
