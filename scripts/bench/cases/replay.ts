import type { Bench } from "../bench.ts";
import { sharedNow } from "../calls.ts";
import { median, type Shares, watchShares } from "../measure.ts";
import { openStreams, type StreamKind } from "../streams.ts";

interface Replay {
  readonly clients: number;
  readonly behind: number;
  readonly kind: StreamKind;
}

/** What resuming clients get per second when they are far behind. */
export async function replay(bench: Bench): Promise<void> {
  for (const kind of ["typed", "sse"] as const) {
    const one = await measure(bench, { clients: 1, behind: 100_000, kind });
    const name = kind === "typed" ? "typed stream" : "plain SSE";
    bench.report({ figure: `${name}: 1 client, 100,000 behind`, unit: "/s", goal: { atLeast: 300_000 }, ...one });
    const many = await measure(bench, { clients: 100, behind: 10_000, kind });
    bench.report({ figure: `${name}: 100 clients, 10,000 behind each`, unit: "/s", ...many });
  }
}

async function measure(bench: Bench, { clients, behind, kind }: Replay): Promise<Shares & { readonly value: number }> {
  await using server = await bench.startServer({ count: behind });
  await using load = await bench.startReaders();
  const rates: number[] = [];
  let shares: Shares | undefined;
  for (let round = 0; round <= bench.rounds.rounds; round += 1) {
    const { delivered } = await load.call<{ delivered: number }>("count");
    const stop = await watchShares(server.child, load);
    const start = sharedNow();
    await openStreams(load, server, { kind, count: clients, after: "0", atOnce: clients });
    const end = await load.call<number>("arrived", delivered + clients * behind);
    shares = await stop();
    // The first round is the warm-up.
    if (round > 0) rates.push(((clients * behind) / (end - start)) * 1e6);
    await load.call("close");
  }
  if (!shares) throw new Error("Cannot measure a replay: there was no round");
  return { value: median(rates), ...shares };
}
