/** scripts/bench/cases/ holds the cases, one file each: what is published, who reads, what is counted. */
import type { Bench } from "../bench.ts";
import { bare } from "./bare.ts";
import { channels } from "./channels.ts";
import { fanout } from "./fanout.ts";
import { history, search } from "./history.ts";
import { housekeeping } from "./housekeeping.ts";
import { latency } from "./latency.ts";
import { loopDelay } from "./loop_delay.ts";
import { memory } from "./memory.ts";
import { peers } from "./peers.ts";
import { publish } from "./publish.ts";
import { publishBeside } from "./publish_beside.ts";
import { reads } from "./reads.ts";
import { replay } from "./replay.ts";
import { stalled } from "./stalled.ts";
import { storm } from "./storm.ts";
import { trpcOwn } from "./trpc_own.ts";

/** One case of the benchmark. */
export interface Case {
  readonly name: string;
  /** What it measures, in one line. */
  readonly about: string;
  readonly run: (bench: Bench) => Promise<void>;
  /** Runs only when peers are asked for, or by its name. */
  readonly isPeer?: boolean;
}

/** All cases, in the order in which they run. */
export const CASES: readonly Case[] = [
  { name: "fanout", about: "deliveries and latency at 100, 1,000 and 10,000 readers", run: fanout },
  { name: "trpc-own", about: "our transport beside tRPC's own handler", run: trpcOwn },
  { name: "bare", about: "the typed stream beside a bare socket.write loop", run: bare },
  { name: "channels", about: "fan-out with 50 channels", run: channels },
  { name: "latency", about: "one publish to one reader", run: latency },
  { name: "loop-delay", about: "the event loop at 10,000 readers and 100 publishes/s", run: loopDelay },
  { name: "publish", about: "durable publishes by protocol, connections and batch", run: publish },
  {
    name: "publish-beside",
    about: "publishing with 10,000 idle streams, and with 1,000,000 stored",
    run: publishBeside,
  },
  { name: "replay", about: "clients that resume far behind", run: replay },
  { name: "storm", about: "10,000 clients come back at once after a crash", run: storm },
  { name: "memory", about: "what an idle stream holds", run: memory },
  { name: "stalled", about: "100 readers that take nothing among 10,000", run: stalled },
  { name: "history", about: "pages of 1,000,000 notifications in 200 channels", run: history },
  { name: "search", about: "full-text search over the same", run: search },
  { name: "reads", about: "unread counts and read-all over the same", run: reads },
  {
    name: "housekeeping",
    about: "publishing while retention deletes; memory of 100,000 scheduled",
    run: housekeeping,
  },
  { name: "peers", about: "the typed stream beside nchan (runs with --peers)", run: peers, isPeer: true },
];
