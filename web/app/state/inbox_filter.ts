import { type ListInput, type Notification, SEVERITIES, type Severity } from "../../client/mod.ts";
import { fromLocal } from "./local_time.ts";

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

/** A filter as the hub's history takes it. */
export function toListInput({ channel, minSeverity, text, read, from, until, all }: InboxFilter): ListInput & object {
  const times = { from: fromLocal(from), until: fromLocal(until) };
  return {
    ...(channel && { channels: [channel] }),
    ...(minSeverity !== "info" && { minSeverity }),
    ...(text.trim() && { text: text.trim() }),
    ...(read && { read: read === "read" }),
    ...(times.from && { from: times.from }),
    ...(times.until && { until: times.until }),
    ...(all && { all }),
  };
}
