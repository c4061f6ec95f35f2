import { expect, test } from "vitest";
import { notificationType, SEVERITIES, severityRank } from "../../server/rules/severity.ts";

test("severityRank() rises from info to critical", () => {
  expect(SEVERITIES.map(severityRank)).toEqual([0, 1, 2, 3, 4]);
});

test("notificationType() knows four kinds of toast: critical is an error", () => {
  expect(SEVERITIES.map((severity) => notificationType(severityRank(severity)))).toEqual([
    "info",
    "success",
    "warning",
    "error",
    "error",
  ]);
});
