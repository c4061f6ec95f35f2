import type { LogRecord } from "../../db/event_log.ts";

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
}

/** Whether a record matches, whoever it is addressed to. */
export function matches({ channels, types, minSeverity }: Filter, record: LogRecord): boolean {
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
export function filterKey({ channels, types, minSeverity, seesTargeted }: Filter): string {
  const list = (names: ReadonlySet<string> | null) => names && [...names].sort();
  return JSON.stringify([list(channels), list(types), minSeverity, seesTargeted]);
}
