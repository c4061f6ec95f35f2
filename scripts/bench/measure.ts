/** Rates over a steady window, and who was busy meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Usage } from "./calls.ts";
import type { Child, Watched } from "./process.ts";
import type { Row } from "./table.ts";

/** What to measure. */
export interface MeasureOptions<Counts> {
  readonly server: Watched;
  readonly load: Child;
  readonly rounds: number;
  /** Length of each round. */
  readonly seconds: number;
  /** Time before the first round, in ms. Default: 1,000. */
  readonly warmUp?: number;
  /** What is counted. */
  readonly of: (counts: Counts) => number;
}

/** Who was busy: fields of a {@linkcode Row}. */
export type Shares = Required<Pick<Row, "serverCpu" | "loadCpu" | "saturated">>;

/** Medians of the rounds. */
export interface Measured<Counts> extends Shares {
  /** Per second. */
  readonly rate: number;
  /** The counts before the first and after the last round. */
  readonly first: Counts;
  readonly last: Counts;
}

/** The middle value; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Watches what two processes use until the function that it returns is called. */
export async function watchShares(server: Watched, load: Watched): Promise<() => Promise<Shares>> {
  const before = await Promise.all([server.usage(), load.usage()]);
  return async () => {
    const after = await Promise.all([server.usage(), load.usage()]);
    return compare(before, after);
  };
}

/** Measures the rate of what the load's `count` call tells. */
export async function measureRate<Counts extends { readonly at: number }>(
  options: MeasureOptions<Counts>,
): Promise<Measured<Counts>> {
  const { server, load, rounds, seconds, warmUp = 1_000, of } = options;
  await sleep(warmUp);
  const stop = await watchShares(server, load);
  const first = await load.call<Counts>("count");
  const rates: number[] = [];
  let last = first;
  for (let round = 0; round < rounds; round += 1) {
    const before = last;
    await sleep(seconds * 1_000);
    last = await load.call<Counts>("count");
    rates.push(((of(last) - of(before)) / (last.at - before.at)) * 1e6);
  }
  return { rate: median(rates), first, last, ...(await stop()) };
}

/** From here on a process counts as saturated. */
const BUSY = 0.9;

function compare([server, load]: Usage[], [serverAfter, loadAfter]: Usage[]): Shares {
  const serverUse = share(server, serverAfter);
  const loadUse = share(load, loadAfter);
  const names = [describe("server", serverUse), describe("load", loadUse)].filter(Boolean);
  return { serverCpu: serverUse.cpu, loadCpu: loadUse.cpu, saturated: names.join(", ") || "neither" };
}

function share(before: Usage | undefined, after: Usage | undefined): { readonly cpu: number; readonly wait: number } {
  if (!before || !after) return { cpu: 0, wait: 0 };
  const time = after.at - before.at;
  return { cpu: (after.cpu - before.cpu) / time, wait: (after.wait - before.wait) / time };
}

/** A process that waits for its core while other programs hold it could do no more either, but more elsewhere. */
function describe(name: string, { cpu, wait }: { readonly cpu: number; readonly wait: number }): string {
  if (cpu >= BUSY) return name;
  return cpu + wait >= BUSY ? `${name} (waited ${Math.round(wait * 100)} %)` : "";
}
