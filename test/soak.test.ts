import { expect, test } from "vitest";
import { soak } from "../scripts/soak/soak.ts";

test("clients that come, go, stall and are killed are each left with everything in order, and memory flat", {
  timeout: 120_000,
}, async () => {
  const { faults, statistics, ...report } = await soak({ seconds: 15, clients: 60, rate: 150 });
  expect(faults).toEqual([]);
  // It was a soak, not a quiet moment.
  expect(report.published).toBeGreaterThan(4_000);
  expect(report.kills).toBeGreaterThan(20);
  expect(report.connections).toBeGreaterThan(2 * report.followers);
  const { closedBy, replayed, ephemeral } = statistics;
  expect(closedBy.life).toBeGreaterThan(0);
  expect(closedBy.stalled).toBeGreaterThan(0);
  expect(replayed).toBeGreaterThan(0);
  expect(ephemeral).toBeGreaterThan(0);
});
