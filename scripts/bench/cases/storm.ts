import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import type { ReaderCounts } from "../load/readers_entry.ts";
import { watchShares } from "../measure.ts";
import { everyone, openStreams } from "../streams.ts";

const CLIENTS = 10_000;
/** What each client has missed. */
const MISSED = 10;

/** All clients come back at once, each with its cursor, to a server that was killed. */
export async function storm(bench: Bench): Promise<void> {
  for (const kind of ["typed", "sse"] as const) {
    await using server = await bench.startServer();
    await using load = await bench.startReaders();
    await openStreams(load, server, { kind, count: CLIENTS });
    const audience = everyone(server, CLIENTS);
    await load.call("oneByOne", { ...audience, times: MISSED, pause: 0 });
    await server.restart();
    await gone(load);
    const { delivered } = await load.call<ReaderCounts>("count");
    const stop = await watchShares(server.child, load);
    const drops = readDrops();
    const start = await load.call<number>("now");
    await openStreams(load, server, { kind, count: CLIENTS, after: "0", atOnce: CLIENTS });
    const end = await load.call<number>("arrived", delivered + CLIENTS * MISSED);
    const { serverCpu, loadCpu, saturated } = await stop();
    const name = kind === "typed" ? "typed stream" : "plain SSE";
    bench.report({
      figure: `${name}: 10,000 clients come back at once`,
      value: (end - start) / 1e6,
      unit: "s",
      goal: { atMost: 4 },
      serverCpu,
      loadCpu,
      saturated,
      note: `until each has the ${MISSED} that it missed; the full listen queue dropped ${readDrops() - drops} connects`,
    });
  }
}

/** Waits until the clients have seen the end of their streams. */
async function gone(load: { call<Result>(name: string): Promise<Result> }): Promise<void> {
  while ((await load.call<ReaderCounts>("count")).ended < CLIENTS) await sleep(50);
}

/** Connects that the kernel dropped because a listen queue was full: each waits a second or more to be tried again. */
function readDrops(): number {
  try {
    const [names = "", values = ""] = readFileSync("/proc/net/netstat", "utf8").split("\n");
    return Number(values.split(" ")[names.split(" ").indexOf("ListenDrops")] ?? 0);
  } catch {
    return 0;
  }
}
