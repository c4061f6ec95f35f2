import { expect, test } from "vitest";
import { soak } from "../scripts/soak/soak.ts";

test("a minute of clients that come, go, stall and are killed leaves each with everything in order, and memory flat", {
  timeout: 180_000,
}, async () => {
  const { faults, statistics, ...report } = await soak({ seconds: 45, clients: 60, rate: 150 });
  expect(faults).toEqual([]);
  // It was a soak, not a quiet minute.
  expect(report.published).toBeGreaterThan(1_000);
  expect(report.kills).toBeGreaterThan(50);
  expect(report.connections).toBeGreaterThan(report.followers);
  const { closedBy, replayed, ephemeral } = statistics;
  expect(closedBy.life).toBeGreaterThan(0);
  expect(closedBy.stalled).toBeGreaterThan(0);
  expect(replayed).toBeGreaterThan(0);
  expect(ephemeral).toBeGreaterThan(0);
});
