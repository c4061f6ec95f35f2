import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, ServerOptions } from "../bench.ts";
import type { MemoryUse } from "../server_entry.ts";
import { measurePublish } from "./publish.ts";

const SURPLUS = 500_000;
const KEPT = 1_000;
const SCHEDULED = 100_000;

/** Publishing while retention deletes, against none; what notifications hold in memory that wait for their time. */
export async function housekeeping(bench: Bench): Promise<void> {
  const rate = async (figure: string, options: ServerOptions) => {
    await using server = await bench.startServer(options);
    await using load = await bench.startPublishers();
    const measured = await measurePublish(bench, { server, load, via: "rest", connections: 32 });
    const { rate: value, serverCpu, loadCpu, saturated, p99 } = measured;
    const note = `p99 ${p99.toFixed(2)} ms`;
    bench.report({ figure: `REST, 32 connections, ${figure}`, value, unit: "/s", serverCpu, loadCpu, saturated, note });
    return value;
  };
  const count = bench.scale(SURPLUS, SURPLUS / 2);
  const before = await rate("nothing to delete", { count });
  const during = await rate("retention deletes", { count, keep: KEPT });
  const after = await rate("nothing to delete, again", { count });
  const base = (before + after) / 2;
  bench.report({
    figure: "retention deletes / nothing to delete",
    value: during / base,
    unit: "×",
    goal: { atLeast: 0.9 },
  });

  const memory = async (scheduled: number) => {
    await using server = await bench.startServer({ scheduled });
    await sleep(bench.scale(5_000, 2_000));
    return await server.child.call<MemoryUse>("memory");
  };
  const [none, many] = [await memory(0), await memory(SCHEDULED)];
  const name = `${SCHEDULED.toLocaleString("en-US")} scheduled`;
  bench.report({ figure: `${name}: heap`, value: (many.heap - none.heap) / 1024, unit: "KiB", goal: { atMost: 256 } });
}
