import type { Bench } from "../bench.ts";
import { watchShares } from "../measure.ts";
import type { LoopDelay } from "../server_entry.ts";
import { everyone, openStreams, pace } from "../streams.ts";

const READERS = 10_000;
const RATE = 100;

/** Whether broadcasts to 10,000 readers let other requests through: the delay of the server's event loop. */
export async function loopDelay(bench: Bench): Promise<void> {
  await using server = await bench.startServer();
  await using load = await bench.startReaders();
  await openStreams(load, server, { kind: "typed", count: READERS });
  await server.child.call("resetDelay");
  const stop = await watchShares(server.child, load);
  const audience = everyone(server, READERS);
  const { p50, p99 } = await pace(load, { audience, rate: RATE, seconds: bench.scale(10, 4) });
  const delay = await server.child.call<LoopDelay>("delay");
  const { serverCpu, loadCpu, saturated } = await stop();
  const name = "10,000 readers, 100 publishes/s";
  const note = `p50 ${delay.p50.toFixed(2)} ms, max ${delay.max.toFixed(1)} ms`;
  const goal = { atMost: 20 };
  bench.report({
    figure: `${name}: event loop p99`,
    value: delay.p99,
    unit: "ms",
    goal,
    serverCpu,
    loadCpu,
    saturated,
    note,
  });
  bench.report({ figure: `${name}: delivery p99`, value: p99, unit: "ms", note: `p50 ${p50.toFixed(1)} ms` });
}
