import type { Bench } from "../bench.ts";
import { quantile } from "../measure.ts";
import { everyone, openStreams, pace, type StreamKind, saturate } from "../streams.ts";

interface Size {
  readonly readers: number;
  /** Notifications under way: enough to keep the server busy, few enough that each is written by itself. */
  readonly window: number;
  /** Publishes a second for the latency. */
  readonly rate: number;
}

const SIZES: readonly Size[] = [
  { readers: 100, window: 32, rate: 200 },
  { readers: 1_000, window: 2, rate: 50 },
  { readers: 10_000, window: 2, rate: 5 },
];
/** Notifications under way when publishers are far ahead: those that wait go out together. */
const BURST = 64;
const NAMES = { typed: "typed stream", sse: "plain SSE", trpc: "tRPC's own" } as const;

/** Deliveries per second and their latency, for both streams at three sizes. */
export async function fanout(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    for (const kind of ["typed", "sse"] as const) await measure(bench, kind, size);
  }
}

async function measure(bench: Bench, kind: StreamKind, { readers, window, rate }: Size): Promise<void> {
  const name = `${NAMES[kind]}, ${readers.toLocaleString("en-US")} readers`;
  await using server = await bench.startServer();
  await using load = await bench.startReaders();
  await openStreams(load, server, { kind, count: readers });
  const audience = everyone(server, readers);

  const single = await saturate(load, server.child, { audience, window, ...bench.rounds });
  const { rate: value, serverCpu, loadCpu, saturated } = single;
  const note = `${single.perRead.toFixed(1)} per read, ${Math.round(single.size)} bytes each`;
  bench.report({ figure: `${name}: deliveries`, value, unit: "/s", serverCpu, loadCpu, saturated, note });

  const burst = await saturate(load, server.child, { audience, window: BURST, ...bench.rounds });
  bench.report({
    figure: `${name}: deliveries, ${BURST} under way`,
    value: burst.rate,
    unit: "/s",
    serverCpu: burst.serverCpu,
    loadCpu: burst.loadCpu,
    saturated: burst.saturated,
    note: `${burst.perRead.toFixed(1)} per read`,
  });

  const { p50, p99, samples } = await pace(load, { audience, rate, seconds: bench.scale(6, 3) });
  const about = `${rate} publishes/s, ${samples} samples`;
  bench.report({ figure: `${name}: latency p50`, value: p50, unit: "ms", note: about });
  bench.report({ figure: `${name}: latency p99`, value: p99, unit: "ms", note: about });

  if (readers < 10_000) return;
  const took = await load.call<number[]>("oneByOne", { ...audience, times: bench.scale(40, 10), pause: 50 });
  bench.report({ figure: `${name}: last reader of one, p50`, value: quantile(took, 0.5), unit: "ms" });
  bench.report({ figure: `${name}: last reader of one, p99`, value: quantile(took, 0.99), unit: "ms" });
}
