import type { Bench } from "../bench.ts";
import { everyone, openStreams, saturate } from "../streams.ts";

const BARE = new URL("../bare_entry.ts", import.meta.url);
/** Notifications under way: the hub joins what waits, so that it has two; the bare loop never does. */
const WINDOWS = { hub: 2, bare: 4 } as const;

/** The typed stream beside a bare loop of `socket.write` over as many sockets: the upper bound. */
export async function bare(bench: Bench): Promise<void> {
  for (const readers of [1_000, 10_000]) {
    const name = `${readers.toLocaleString("en-US")} readers`;
    const rate = async (module?: URL) => {
      await using server = await bench.startServer(module ? { module } : {});
      await using load = await bench.startReaders();
      await openStreams(load, server, { kind: "typed", count: readers });
      const audience = everyone(server, readers);
      return await saturate(load, server.child, {
        audience,
        window: module ? WINDOWS.bare : WINDOWS.hub,
        ...bench.rounds,
      });
    };
    const values = [];
    for (const [label, module] of [
      ["bare socket.write", BARE],
      ["typed stream", undefined],
    ] as const) {
      const { rate: value, serverCpu, loadCpu, saturated, perRead, size } = await rate(module);
      const note = `${perRead.toFixed(1)} per read, ${Math.round(size)} bytes each`;
      bench.report({ figure: `${label}, ${name}: deliveries`, value, unit: "/s", serverCpu, loadCpu, saturated, note });
      values.push(value);
    }
    const [bound = Number.NaN, ours = Number.NaN] = values;
    bench.report({ figure: `typed stream / bare, ${name}`, value: ours / bound, unit: "×" });
  }
}
