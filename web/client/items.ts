import type { inferRouterInputs } from "@trpc/server";
import type { Notification } from "../../server/rules/notification.ts";
import type { Severity } from "../../server/rules/severity.ts";
import type { Ephemeral, Removed, StreamItem } from "../../server/rules/stream_item.ts";
import type { AppRouter } from "../../server/trpc/router.ts";

export type { Statistics } from "../../server/hub/statistics.ts";
export type { UnreadCounts } from "../../server/reading/read_desk.ts";
export type { AcknowledgeAnswer, NotificationStatus, UserMoment } from "../../server/rules/acknowledgement.ts";
export type { Answer, Passed, Scheduled, Stored } from "../../server/rules/answer.ts";
export type { HistoryPage, LatestPage } from "../../server/rules/history.ts";
export type { Notification, NotificationAction } from "../../server/rules/notification.ts";
export type { Preferences, PreferencesInput } from "../../server/rules/preferences.ts";
export type { QuietHours } from "../../server/rules/quiet_hours.ts";
export type { Severity } from "../../server/rules/severity.ts";
export type {
  Acknowledged,
  Connected,
  Ended,
  Ephemeral,
  Expired,
  Gap,
  ReadChange,
  Removed,
  StreamItem,
} from "../../server/rules/stream_item.ts";
export type { UsageHistory, UsagePoint, UsageSeries } from "../../server/rules/usage.ts";
export type { AppRouter } from "../../server/trpc/router.ts";

type Inputs = inferRouterInputs<AppRouter>;

/** What a publisher sends. */
export type Draft = Inputs["notifications"]["publish"];
/** What to list. */
export type ListInput = Inputs["notifications"]["list"];

/** Every severity, the mildest first. */
export const SEVERITIES = ["info", "success", "warning", "error", "critical"] as const satisfies readonly Severity[];

/** Whether an item of a stream is a notification. */
export function isNotification(item: StreamItem): item is Notification {
  return item.id !== undefined && item.event !== "removed";
}

/** Whether an item of a stream says that a notification was removed. */
export function isRemoved(item: StreamItem): item is Removed {
  return item.event === "removed";
}

/** Whether an item of a stream is an ephemeral notification: delivered to whoever is there, and not stored. */
export function isEphemeral(item: StreamItem): item is Ephemeral {
  return "ephemeral" in item;
}
