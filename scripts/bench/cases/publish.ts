import type { Bench, TestServer } from "../bench.ts";
import type { PublishCounts, PublishLoad } from "../load/publishers_entry.ts";
import { type Measured, measureRate } from "../measure.ts";
import type { Child } from "../process.ts";
import type { Goal } from "../table.ts";

/** How to publish. */
export interface PublishRateOptions {
  readonly via: "rest" | "trpc";
  readonly connections: number;
  readonly batch?: number;
}

/** A rate of durable publishes with its latency in ms. */
export interface PublishRate extends Measured<PublishCounts> {
  readonly p50: number;
  readonly p99: number;
}

const CONNECTIONS = [1, 8, 32, 128] as const;
const BATCH = 10;
const NAMES = { rest: "REST", trpc: "tRPC" } as const;

/** Measures publishes per second on a server that runs. */
export async function measurePublish(
  bench: Bench,
  {
    server,
    load,
    via,
    connections,
    batch = 1,
  }: PublishRateOptions & { readonly server: TestServer; readonly load: Child },
): Promise<PublishRate> {
  const target = server.target(via);
  await load.call("start", { target, connections, batch, channel: "general" } satisfies PublishLoad);
  await new Promise((resolve) => setTimeout(resolve, bench.scale(1_500, 1_000)));
  await load.call("resetLatency");
  const measured = await measureRate<PublishCounts>({
    server: server.child,
    load,
    ...bench.rounds,
    warmUp: 0,
    of: (counts) => counts.published,
  });
  const latency = await load.call<{ p50: number; p99: number }>("latency");
  await load.call("stop");
  return { ...measured, ...latency };
}

/** Durable publishes per second, by protocol, connections and batch. */
export async function publish(bench: Bench): Promise<void> {
  for (const via of ["rest", "trpc"] as const) {
    for (const connections of CONNECTIONS) await measureOne(bench, { via, connections });
  }
  for (const connections of [8, 32]) await measureOne(bench, { via: "trpc", connections, batch: BATCH });
  await measureOne(bench, { via: "rest", connections: 32, cores: "0,1" });
}

async function measureOne(bench: Bench, options: PublishRateOptions & { readonly cores?: string }): Promise<void> {
  const { via, connections, batch = 1, cores } = options;
  await using server = await bench.startServer({ cores: cores ?? "0" });
  await using load = await bench.startPublishers(cores ?? "1");
  const { rate, serverCpu, loadCpu, saturated, p50, p99 } = await measurePublish(bench, { ...options, server, load });
  const batches = batch > 1 ? `, batches of ${batch}` : "";
  const shared = cores ? ", two cores shared with the load" : "";
  bench.report({
    figure: `${NAMES[via]}, ${connections} connection${connections > 1 ? "s" : ""}${batches}${shared}`,
    value: rate,
    unit: "/s",
    serverCpu,
    loadCpu,
    saturated,
    note: `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    ...goalOf(options),
  });
}

function goalOf({ via, connections, batch = 1, cores }: PublishRateOptions & { cores?: string }): { goal?: Goal } {
  if (connections !== 32 || batch > 1) return {};
  if (via === "trpc") return { goal: { atLeast: 9_000 } };
  return { goal: { atLeast: cores ? 25_000 : 17_000 } };
}
