import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, TestServer } from "../bench.ts";
import type { Audience } from "../load/pump.ts";
import type { Latency, ReaderCounts } from "../load/readers_entry.ts";
import type { MemoryUse } from "../server_entry.ts";
import { everyone, openStreams } from "../streams.ts";

const READERS = 9_900;
const STALLED = 100;
/** Characters of each large notification, and how many there are: 64 MiB in all. */
const SIZE = 16 * 1024;
const TOTAL = 64 * 1024 * 1024;
/** Large ones, and notifications to the others, per second. */
const BULK_RATE = 300;
const RATE = 3;

/** Time for the stalled readers' sockets to fill, in ms. */
const FILLING = 3_000;

interface Outcome {
  /** MiB. */
  readonly growth: number;
  readonly latency: Latency;
}

/**
 * 100 readers take nothing while 64 MiB are published to their channel; 9,900 others follow another channel. The same
 * without the 100 says what the publishing itself costs.
 */
export async function stalled(bench: Bench): Promise<void> {
  const without = await measure(bench, 0);
  const withThem = await measure(bench, STALLED);
  for (const [name, { growth, latency }] of [
    ["none stalled", without],
    ["100 stalled", withThem],
  ] as const) {
    bench.report({ figure: `${name}: RSS growth over 64 MiB published`, value: growth, unit: "MiB" });
    const note = `${latency.samples} samples, p50 ${latency.p50.toFixed(1)} ms`;
    bench.report({ figure: `${name}: p99 of the others`, value: latency.p99, unit: "ms", note });
  }
  const growth = withThem.growth - without.growth;
  bench.report({ figure: "RSS growth owed to the stalled", value: growth, unit: "MiB", goal: { atMost: 32 } });
  const ratio = withThem.latency.p99 / without.latency.p99;
  bench.report({ figure: "p99 of the others, 100 stalled / none", value: ratio, unit: "×", goal: { atMost: 1.2 } });
}

async function measure(bench: Bench, count: number): Promise<Outcome> {
  await using server = await bench.startServer({ channels: ["bulk"] });
  await using load = await bench.startReaders();
  await using slow = await bench.startReaders();
  await openStreams(load, server, { kind: "typed", count: READERS, channels: ["general"] });
  if (count > 0) await openStreams(slow, server, { kind: "typed", count, channels: ["bulk"], stalled: true });

  const audience = everyone(server, READERS);
  const bulk: Audience = { target: server.target(), channels: ["bulk"], readers: 0, padding: SIZE };
  const times = bench.scale(TOTAL / SIZE, TOTAL / SIZE / 2);
  await load.call("pace", { ...audience, rate: RATE });
  await sleep(2_000);
  const before = await server.child.call<MemoryUse>("memory");
  await slow.call("pace", { ...bulk, rate: BULK_RATE });
  // Until its socket is full a reader that takes nothing costs what any reader costs.
  await sleep(FILLING);
  const full = await countStalled(server);
  if (full < count) console.error(`  Note: only ${full} of ${count} sockets are full`);
  await load.call("resetLatency");
  while ((await slow.call<ReaderCounts>("count")).published < times) await sleep(20);
  await slow.call("stop");
  const latency = await load.call<Latency>("latency");
  const after = await server.child.call<MemoryUse>("memory");
  await load.call("stop");
  return { growth: (after.rss - before.rss) / 1024 / 1024, latency };
}

/** How many readers the server itself takes for stalled. */
async function countStalled(server: TestServer): Promise<number> {
  const { host, port, headers } = server.target();
  const answer = await fetch(`http://${host}:${port}/trpc/stats.current`, { headers });
  const { result } = (await answer.json()) as { result: { data: { readers: { stalled: number } } } };
  return result.data.readers.stalled;
}
