import type { Bench } from "../bench.ts";
import { everyone, openStreams, type StreamKind, saturate } from "../streams.ts";

const READERS = 1_000;
const NAMES = { typed: "our transport", trpc: "tRPC's own handler", sse: "plain SSE" } as const;

/** Our transport beside tRPC's own handler on the same procedure of the same server. */
export async function trpcOwn(bench: Bench): Promise<void> {
  const rate = async (kind: StreamKind, window: number) => {
    await using server = await bench.startServer();
    await using load = await bench.startReaders();
    await openStreams(load, server, { kind, count: READERS });
    const measured = await saturate(load, server.child, {
      audience: everyone(server, READERS),
      window,
      ...bench.rounds,
    });
    const { rate: value, serverCpu, loadCpu, saturated, perRead } = measured;
    const note = `${perRead.toFixed(1)} per read`;
    const figure = `${NAMES[kind]}, 1,000 readers, ${window} under way: deliveries`;
    bench.report({ figure, value, unit: "/s", serverCpu, loadCpu, saturated, note });
    return value;
  };
  const own = await rate("trpc", 2);
  for (const window of [2, 64]) {
    const value = (await rate("typed", window)) / own;
    const figure = `our transport, ${window} under way / tRPC's own`;
    bench.report({ figure, value, unit: "×", goal: { atLeast: 40 } });
  }
}
