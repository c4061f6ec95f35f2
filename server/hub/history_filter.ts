import type { HistoryReader } from "../../db/history.ts";
import type { HistoryFilter } from "../../db/history_filter.ts";
import type { HistoryInput } from "../rules/history.ts";
import { severityRank } from "../rules/severity.ts";
import type { Sight } from "../rules/sight.ts";

/** What the filter is made at: the database that knows the channels, and unix ms. */
export interface FilterMoment {
  readonly reader: HistoryReader;
  readonly now: number;
}

/** The filter of somebody's wishes within what it may see. */
export function toHistoryFilter(input: HistoryInput, sight: Sight, { reader, now }: FilterMoment): HistoryFilter {
  const { types, events, minSeverity, sender, recipient, key, from, until, read } = input;
  const { channels, user, seesTargeted } = sight;
  return {
    ...{ types, events, sender, recipient, key, from, until, read, user, seesTargeted, now },
    channels: channels && reader.channelIds(channels),
    minSeverity: minSeverity && severityRank(minSeverity),
  };
}
