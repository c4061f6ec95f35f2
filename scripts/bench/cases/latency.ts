import type { Bench } from "../bench.ts";
import { quantile } from "../measure.ts";
import { everyone, openStreams } from "../streams.ts";

/** From the moment of publishing until the only reader has it, committed to disk in between. */
export async function latency(bench: Bench): Promise<void> {
  for (const kind of ["typed", "sse"] as const) {
    await using server = await bench.startServer();
    await using load = await bench.startReaders();
    await openStreams(load, server, { kind, count: 1 });
    const audience = everyone(server, 1);
    await load.call("oneByOne", { ...audience, times: 500, pause: 0 });
    const took = await load.call<number[]>("oneByOne", { ...audience, times: bench.scale(2_000, 500), pause: 2 });
    const name = kind === "typed" ? "typed stream" : "plain SSE";
    const note = `${took.length} samples`;
    bench.report({ figure: `${name}: publish to its only reader, p50`, value: quantile(took, 0.5), unit: "ms", note });
    bench.report({ figure: `${name}: publish to its only reader, p99`, value: quantile(took, 0.99), unit: "ms", note });
  }
}
