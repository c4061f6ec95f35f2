import type { Bench } from "../bench.ts";
import { RARE } from "../fill.ts";
import type { RequestLoad } from "../load/publishers_entry.ts";
import { quantile } from "../measure.ts";

const STORED = 1_000_000;
const LIMIT = 50;

/** Pages of history and search, as one client sees them. */
export async function history(bench: Bench): Promise<void> {
  const stored = bench.scale(STORED, STORED / 10);
  await using server = await bench.startServer({ count: stored });
  await using load = await bench.startPublishers();
  const inputs: readonly [string, Record<string, unknown>][] = [
    ["newest page", {}],
    ["page in the middle", { cursor: String(stored >> 1) }],
    ["page of a channel", { channels: ["general"] }],
    ["search, a word that all have", { text: "xxx" }],
    ["search, a word that few have", { text: RARE.word }],
    ["search, a word that none has", { text: "zzzyzx" }],
  ];
  for (const [name, input] of inputs) {
    const query = encodeURIComponent(JSON.stringify({ limit: LIMIT, ...input }));
    const took = await load.call<number[]>("request", {
      target: server.target(),
      path: `/trpc/notifications.list?input=${query}`,
      times: bench.scale(500, 100),
      limit: bench.scale(8_000, 3_000),
    } satisfies RequestLoad);
    const note = `${took.length} requests, ${stored.toLocaleString("en-US")} stored`;
    bench.report({ figure: `${name}: p50`, value: quantile(took, 0.5), unit: "ms", note });
    bench.report({ figure: `${name}: p99`, value: quantile(took, 0.99), unit: "ms", note });
  }
}
