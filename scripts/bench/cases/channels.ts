import type { Bench } from "../bench.ts";
import { openStreams, saturate } from "../streams.ts";

const CHANNELS = Array.from({ length: 50 }, (_, index) => `bench-${index}`);
const READERS = 10_000;
/** Notifications under way: about one for each channel. */
const WINDOW = 64;

/** Fan-out with 50 channels of 200 readers each: who does not follow a channel must cost nothing. */
export async function channels(bench: Bench): Promise<void> {
  await using server = await bench.startServer({ channels: CHANNELS });
  await using load = await bench.startReaders();
  await openStreams(load, server, { kind: "typed", count: READERS, channels: CHANNELS });
  const audience = { target: server.target(), channels: CHANNELS, readers: READERS / CHANNELS.length };
  const measured = await saturate(load, server.child, { audience, window: WINDOW, ...bench.rounds });
  const { rate: value, serverCpu, loadCpu, saturated, perRead } = measured;
  const note = `${perRead.toFixed(1)} per read`;
  bench.report({
    figure: "10,000 readers on 50 channels: deliveries",
    value,
    unit: "/s",
    serverCpu,
    loadCpu,
    saturated,
    note,
  });
}
