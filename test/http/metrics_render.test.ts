import { expect, test } from "vitest";
import { Metrics } from "../../server/http/metrics.ts";
import type { Statistics } from "../../server/hub/statistics.ts";
import { parseMetrics } from "../_metrics.ts";

test("Metrics.render() takes the numbers once, however many figures there are, and anew each time", async () => {
  const metrics = new Metrics();
  let reads = 0;
  metrics.observe(() => {
    reads += 1;
    return {
      readers: { open: 3, live: reads, catchingUp: 0, stalled: 0, maxLag: 0, queuedBytes: 0 },
      connections: { trpc: reads },
      closedBy: { client: reads },
      streamsOpened: 0,
      channels: 1,
      head: 0,
      published: reads,
      deliveries: 0,
      replayed: 0,
      gaps: 0,
      ephemeral: 0,
      dropped: 0,
      writerBacklog: 0,
      walBytes: 0,
    } as unknown as Statistics;
  });
  for (let scrape = 1; scrape <= 2; scrape += 1) {
    const { value } = parseMetrics((await metrics.render()).body);
    expect(reads).toBe(scrape);
    expect(value("belfry_readers_live")).toBe(scrape);
    expect(value("belfry_connections", { transport: "trpc" })).toBe(scrape);
    expect(value("belfry_streams_closed_total", { reason: "client" })).toBe(scrape);
    expect(value("belfry_notifications_published_total")).toBe(scrape);
  }
});
