/** Opening streams on a server under test, and rates of what they deliver. */
import type { TestServer } from "./bench.ts";
import type { Audience } from "./load/pump.ts";
import type { Latency, ReaderCounts } from "./load/readers_entry.ts";
import type { OpenOptions } from "./load/streams.ts";
import { type Measured, measureRate } from "./measure.ts";
import type { Child, Watched } from "./process.ts";

/**
 * The ways to follow the hub. The encoded dot leads past the hub's own transport, which answers one exact path, to
 * tRPC's handler, which decodes it: the same server, procedure and middleware.
 */
export const STREAM_PATHS = {
  typed: "/trpc/notifications.subscribe",
  sse: "/api/notifications/stream",
  trpc: "/trpc/notifications%2Esubscribe",
} as const;

/** One of {@linkcode STREAM_PATHS}. */
export type StreamKind = keyof typeof STREAM_PATHS;

/** How many streams, and how they start. */
export interface FollowOptions extends Partial<Pick<OpenOptions, "stalled" | "atOnce">> {
  readonly count: number;
  /** Channel lists that the streams take in turn; absent: every channel. */
  readonly channels?: readonly string[];
  /** Cursor or id to resume after. */
  readonly after?: string;
}

/** Connections under way at the same time while streams open. */
const AT_ONCE = 128;

/** The path of a stream that follows one channel, or all. */
function pathOf(kind: StreamKind, channel?: string): string {
  const path = STREAM_PATHS[kind];
  if (channel === undefined) return path;
  if (kind === "sse") return `${path}?channels=${channel}`;
  return `${path}?input=${encodeURIComponent(JSON.stringify({ channels: [channel] }))}`;
}

/** Opens streams from a load process; resolves with the ms until all are open. */
export function openStreams(
  load: Child,
  server: TestServer,
  { kind, count, channels, after, atOnce = AT_ONCE, stalled = false }: FollowOptions & { readonly kind: StreamKind },
): Promise<number> {
  const { host, port, headers } = server.target();
  return load.call<number>("open", {
    host,
    port,
    count,
    atOnce,
    stalled,
    ready: '"clientId"',
    paths: channels ? channels.map((channel) => pathOf(kind, channel)) : [pathOf(kind)],
    headers: after === undefined ? headers : { ...headers, "last-event-id": after },
  } satisfies OpenOptions);
}

/** The audience of streams that all follow `general`. */
export function everyone(server: TestServer, readers: number): Audience {
  return { target: server.target(), channels: ["general"], readers };
}

/** A rate of deliveries. */
export interface Deliveries extends Measured<ReaderCounts> {
  /** Notifications per read: how many came together. */
  readonly perRead: number;
  /** Bytes per notification. */
  readonly size: number;
}

/** How to publish while deliveries are counted. */
export interface SaturateOptions {
  readonly audience: Audience;
  /** Notifications that are under way. */
  readonly window: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Publishes as fast as the streams deliver and measures deliveries per second. */
export async function saturate(load: Child, server: Watched, options: SaturateOptions): Promise<Deliveries> {
  const { audience, window, rounds, seconds } = options;
  await load.call("run", { ...audience, window });
  const measured = await measureRate<ReaderCounts>({ server, load, rounds, seconds, of: (counts) => counts.delivered });
  await load.call("stop");
  const { first, last } = measured;
  const delivered = last.delivered - first.delivered;
  return { ...measured, perRead: delivered / (last.reads - first.reads), size: (last.bytes - first.bytes) / delivered };
}

/** Publishes at a fixed rate for some seconds and tells how late the deliveries were. */
export async function pace(
  load: Child,
  { audience, rate, seconds }: { readonly audience: Audience; readonly rate: number; readonly seconds: number },
): Promise<Latency> {
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await load.call("pace", { ...audience, rate });
  await wait(1_000);
  await load.call("resetLatency");
  await wait(seconds * 1_000);
  const latency = await load.call<Latency>("latency");
  await load.call("stop");
  return latency;
}
