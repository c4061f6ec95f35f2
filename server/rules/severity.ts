/**
 * server/rules/ owns WHAT IS VALID AND WHO MAY: pure functions and schemas, no IO, no clock, no framework.
 * This file holds the five severities, the mildest first.
 */

/** Every severity, the mildest first; its index is its rank. */
export const SEVERITIES = ["info", "success", "warning", "error", "critical"] as const;

/** How much a notification matters. */
export type Severity = (typeof SEVERITIES)[number];

/** What toast libraries know: critical is an error to them. */
export type NotificationType = Exclude<Severity, "critical">;

/** Rank of a severity, 0 (info) to 4 (critical). */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** The toast type of a rank. */
export function notificationType(rank: number): NotificationType {
  const severity = SEVERITIES[rank] ?? "info";
  return severity === "critical" ? "error" : severity;
}
