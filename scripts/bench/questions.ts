/** Requests one after the other, as one client, in the world of world.ts: how long each takes. */
import type { Bench, TestServer } from "./bench.ts";
import type { RequestLoad } from "./load/publishers_entry.ts";
import { quantile } from "./measure.ts";
import type { Child } from "./process.ts";

const STORED = 1_000_000;
/** How often a question is asked before it is measured. */
const WARM_UP = 20;
/**
 * How often each is asked before the first is measured: while code is compiled on the server's one core, a request waits
 * for some milliseconds, which a hub that runs for days does not know.
 */
const COMPILE = 500;

/** A request, as it is named in the table. */
export interface Question {
  readonly name: string;
  readonly path: string;
  /** To post, each once, in turn; absent: the path is asked for again and again. */
  readonly bodies?: readonly string[];
  readonly asMember?: boolean;
  /** Most ms that one of a hundred may take longer than. */
  readonly goal?: number;
}

/** How many notifications the world has. */
export function storedIn(bench: Bench): number {
  return bench.scale(STORED, STORED / 10);
}

/** How many times each question is asked, warming up included. */
export function timesIn(bench: Bench): number {
  return WARM_UP + bench.scale(1_000, 200);
}

/** Asks one question after the other and reports the latency of each. */
export async function askAll(bench: Bench, questions: readonly Question[]): Promise<void> {
  await using server = await bench.startServer({ world: storedIn(bench) });
  await using load = await bench.startPublishers();
  for (const question of questions) await warmUp(bench, { server, load }, question);
  for (const question of questions) await ask(bench, { server, load }, question);
}

interface Sides {
  readonly server: TestServer;
  readonly load: Child;
}

/** Asks, and posts the first body again and again, so that what is measured finds all others to be done. */
async function warmUp(bench: Bench, { server, load }: Sides, { path, bodies, asMember }: Question): Promise<void> {
  const target = asMember ? server.memberTarget() : server.target();
  const input: RequestLoad = { target, path, times: COMPILE, limit: bench.scale(2_000, 1_000) };
  await load.call("request", { ...input, ...(bodies && { bodies: bodies.slice(0, 1) }) });
}

async function ask(
  bench: Bench,
  { server, load }: Sides,
  { name, path, bodies, asMember = false, goal: atMost }: Question,
): Promise<void> {
  const target = asMember ? server.memberTarget() : server.target();
  const limit = bench.scale(8_000, 3_000);
  const request = (from: number, to?: number) => {
    const times = (to ?? timesIn(bench)) - from;
    const input: RequestLoad = { target, path, times, limit, ...(bodies && { bodies: bodies.slice(from, to) }) };
    return load.call<number[]>("request", input);
  };
  await request(0, WARM_UP);
  const took = await request(WARM_UP);
  const goal = atMost === undefined ? undefined : { atMost };
  const note = `p50 ${quantile(took, 0.5).toFixed(2)} ms, ${took.length} requests`;
  bench.report({ figure: `${name}: p99`, value: quantile(took, 0.99), unit: "ms", note, ...(goal && { goal }) });
}
