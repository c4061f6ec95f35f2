import type { LogRecord } from "../../db/event_log.ts";
import type { PreferenceFilter } from "../rules/preference_filter.ts";

/** What a reader follows. Readers with equal filters (but for `user`) share every decision and all bytes. */
export interface Filter {
  /** Only these channels; null: all. */
  readonly channels: ReadonlySet<string> | null;
  /** Only these types; null: all. */
  readonly types: ReadonlySet<string> | null;
  /** Lowest rank of severity, 0 for all. */
  readonly minSeverity: number;
  /** Whose targeted notifications it sees; null: nobody's. */
  readonly user: string | null;
  /** Sees what is addressed to others too. */
  readonly seesTargeted: boolean;
  /** What its user does not want to be shown; null or absent: nothing. */
  readonly preferences?: PreferenceFilter | null;
}

/** Whether a record matches, whoever it is addressed to. */
export function matches(filter: Filter, record: LogRecord): boolean {
  return isWanted(filter, record) && !filter.preferences?.hides(record);
}

/** Whether a record is what the reader asked for, whatever its user's preferences are. */
export function isWanted({ channels, types, minSeverity }: Filter, record: LogRecord): boolean {
  if (record.severity < minSeverity) return false;
  if (channels && !channels.has(record.channel)) return false;
  return !types || types.has(record.type);
}

/** Whether a record that matches is addressed to the reader. */
export function isAddressed({ user, seesTargeted }: Filter, { recipients }: LogRecord): boolean {
  if (!recipients || seesTargeted) return true;
  return user !== null && recipients.includes(user);
}

/** Equal for filters that share every decision: everything but the user. */
export function filterKey({ channels, types, minSeverity, seesTargeted, preferences }: Filter): string {
  const list = (names: ReadonlySet<string> | null) => names && [...names].sort();
  return JSON.stringify([list(channels), list(types), minSeverity, seesTargeted, preferences?.key]);
}

/** Whether two filters share every decision, the user's included. */
export function isSameFilter(one: Filter, other: Filter): boolean {
  return one.user === other.user && filterKey(one) === filterKey(other);
}
