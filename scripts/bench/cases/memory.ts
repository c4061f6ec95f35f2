import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import type { MemoryUse } from "../server_entry.ts";
import { openStreams } from "../streams.ts";

const STREAMS = 10_000;

/** What an idle stream holds. */
export async function memory(bench: Bench): Promise<void> {
  for (const kind of ["typed", "sse"] as const) {
    await using server = await bench.startServer();
    await using load = await bench.startReaders();
    // The first streams bring what is loaded and made once.
    await openStreams(load, server, { kind, count: 50 });
    const before = await server.child.call<MemoryUse>("memory");
    const took = await openStreams(load, server, { kind, count: STREAMS });
    await sleep(bench.scale(3_000, 1_000));
    const after = await server.child.call<MemoryUse>("memory");
    const name = kind === "typed" ? "typed stream" : "plain SSE";
    const perStream = (field: keyof MemoryUse) => (after[field] - before[field]) / STREAMS / 1024;
    const note = `opened in ${Math.round(took)} ms`;
    bench.report({
      figure: `${name}: RSS per idle stream`,
      value: perStream("rss"),
      unit: "KiB",
      goal: { atMost: 13 },
      note,
    });
    bench.report({
      figure: `${name}: heap per idle stream`,
      value: perStream("heap"),
      unit: "KiB",
      goal: { atMost: 5.5 },
    });
  }
}
