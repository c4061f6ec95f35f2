import type { Bench, ServerOptions, TestServer } from "../bench.ts";
import { openStreams } from "../streams.ts";
import { measurePublish } from "./publish.ts";

const IDLE = 10_000;
const STORED = 1_000_000;

/** Publishing beside 10,000 idle streams, and with 1,000,000 notifications stored, against neither. */
export async function publishBeside(bench: Bench): Promise<void> {
  const rate = async (figure: string, server: TestServer) => {
    await using load = await bench.startPublishers();
    const measured = await measurePublish(bench, { server, load, via: "rest", connections: 32 });
    const { rate: value, serverCpu, loadCpu, saturated, p99 } = measured;
    const note = `p99 ${p99.toFixed(2)} ms`;
    bench.report({ figure: `REST, 32 connections, ${figure}`, value, unit: "/s", serverCpu, loadCpu, saturated, note });
    return value;
  };
  const alone = async (figure: string, options: ServerOptions = {}) => {
    await using server = await bench.startServer(options);
    return await rate(figure, server);
  };
  const beside = async () => {
    // The streams follow a channel that nothing is published to.
    await using server = await bench.startServer({ channels: ["idle"] });
    await using readers = await bench.startReaders();
    await openStreams(readers, server, { kind: "typed", count: IDLE, channels: ["idle"] });
    return await rate("10,000 idle streams", server);
  };
  const before = await alone("empty, no streams");
  const withStreams = await beside();
  const count = bench.scale(STORED, STORED / 10);
  const scale = count.toLocaleString("en-US");
  const stored = await alone(`${scale} stored`, { count });
  const after = await alone("empty, no streams, again");
  // The machine's speed drifts: the two runs around the others say how much.
  const base = (before + after) / 2;
  bench.report({ figure: "10,000 idle streams / none", value: withStreams / base, unit: "×", goal: { atLeast: 0.9 } });
  bench.report({ figure: `${scale} stored / empty`, value: stored / base, unit: "×", goal: { atLeast: 0.95 } });
}
