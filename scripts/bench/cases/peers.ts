import type { Bench } from "../bench.ts";
import type { Audience } from "../load/pump.ts";
import { quantile } from "../measure.ts";
import { INSTALL, Nchan } from "../nchan.ts";
import type { Child, Watched } from "../process.ts";
import { everyone, openStreams, saturate } from "../streams.ts";

/** Makes nchan's frames as long as the typed stream's. */
const PADDING = 247;
const SIZES = [1_000, 10_000] as const;
const WINDOWS = [2, 64] as const;

/** What one server does for so many readers. */
interface Figures {
  /** Deliveries per second, by {@linkcode WINDOWS}. */
  readonly rates: readonly number[];
  /** Milliseconds until the last reader has one notification. */
  readonly last: readonly number[];
}

/** Our typed stream beside nchan's EventSource subscriber, in the same run. */
export async function peers(bench: Bench): Promise<void> {
  for (const readers of SIZES) {
    const theirs = await measureNchan(bench, readers);
    if (!theirs) {
      bench.report({ figure: "nchan", value: null, unit: "", note: `not installed; ${INSTALL}` });
      return;
    }
    compare(bench, readers, { ours: await measureOurs(bench, readers), theirs });
  }
}

function compare(
  bench: Bench,
  readers: number,
  { ours, theirs }: { readonly ours: Figures; readonly theirs: Figures },
): void {
  const name = `ours / nchan, ${count(readers)}`;
  for (const [index, window] of WINDOWS.entries()) {
    const value = (ours.rates[index] ?? Number.NaN) / (theirs.rates[index] ?? Number.NaN);
    bench.report({ figure: `${name}: deliveries, ${window} under way`, value, unit: "×", goal: { atLeast: 1 } });
  }
  const value = quantile(ours.last, 0.99) / quantile(theirs.last, 0.99);
  bench.report({ figure: `${name}: last reader of one, p99`, value, unit: "×", goal: { atMost: 1 } });
}

async function measureNchan(bench: Bench, readers: number): Promise<Figures | undefined> {
  await using nchan = await Nchan.start();
  if (!nchan) return undefined;
  await using load = await bench.startReaders();
  await nchan.open(load, readers);
  const audience = { target: nchan.target, channels: ["general"], readers, padding: PADDING };
  return await measure(bench, { name: "nchan", server: nchan, load, audience });
}

async function measureOurs(bench: Bench, readers: number): Promise<Figures> {
  await using server = await bench.startServer();
  await using load = await bench.startReaders();
  await openStreams(load, server, { kind: "typed", count: readers });
  return await measure(bench, { name: "ours", server: server.child, load, audience: everyone(server, readers) });
}

interface Subject {
  readonly name: string;
  readonly server: Watched;
  readonly load: Child;
  readonly audience: Audience;
}

async function measure(bench: Bench, { name, server, load, audience }: Subject): Promise<Figures> {
  const title = `${name}, ${count(audience.readers)}`;
  const rates: number[] = [];
  for (const window of WINDOWS) {
    const measured = await saturate(load, server, { audience, window, ...bench.rounds });
    const { rate: value, serverCpu, loadCpu, saturated, perRead, size } = measured;
    const note = `${perRead.toFixed(1)} per read, ${Math.round(size)} bytes each`;
    const figure = `${title}: deliveries, ${window} under way`;
    bench.report({ figure, value, unit: "/s", serverCpu, loadCpu, saturated, note });
    rates.push(value);
  }
  const last = await load.call<number[]>("oneByOne", { ...audience, times: bench.scale(100, 20), pause: 30 });
  for (const share of [0.5, 0.99]) {
    const figure = `${title}: last reader of one, p${share * 100}`;
    bench.report({ figure, value: quantile(last, share), unit: "ms" });
  }
  return { rates, last };
}

function count(readers: number): string {
  return `${readers.toLocaleString("en-US")} readers`;
}
