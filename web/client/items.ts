import type { inferRouterInputs } from "@trpc/server";
import type { Statistics } from "../../server/hub/statistics.ts";
import type { UnreadCounts } from "../../server/reading/read_desk.ts";
import type { AcknowledgeAnswer, NotificationStatus, UserMoment } from "../../server/rules/acknowledgement.ts";
import type { Answer, Passed, Scheduled, Stored } from "../../server/rules/answer.ts";
import type { HistoryPage, LatestPage } from "../../server/rules/history.ts";
import type { Notification, NotificationAction } from "../../server/rules/notification.ts";
import type { Preferences, PreferencesInput } from "../../server/rules/preferences.ts";
import type { QuietHours } from "../../server/rules/quiet_hours.ts";
import type { Severity } from "../../server/rules/severity.ts";
import type {
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
import type { UsageHistory, UsagePoint, UsageSeries } from "../../server/rules/usage.ts";
import type { AppRouter } from "../../server/trpc/router.ts";

export type {
  AcknowledgeAnswer,
  Acknowledged,
  Answer,
  AppRouter,
  Connected,
  Ended,
  Ephemeral,
  Expired,
  Gap,
  HistoryPage,
  LatestPage,
  Notification,
  NotificationAction,
  NotificationStatus,
  Passed,
  Preferences,
  PreferencesInput,
  QuietHours,
  ReadChange,
  Removed,
  Scheduled,
  Severity,
  Statistics,
  Stored,
  StreamItem,
  UnreadCounts,
  UsageHistory,
  UsagePoint,
  UsageSeries,
  UserMoment,
};

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
