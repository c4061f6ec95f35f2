/** A load process that publishes, each connection as soon as its request before is answered. Started by load.ts. */
import { createHistogram } from "node:perf_hooks";
import { answerCalls, sharedNow } from "../calls.ts";
import { getRequest, KeepAlive, postRequest } from "./keep_alive.ts";
import { JSON_CONTENT, type PublishOptions, publishRequest, type Target } from "./target.ts";

/** What to publish, and from how many connections. */
export interface PublishLoad extends PublishOptions {
  readonly target: Target;
  readonly connections: number;
}

/** Requests on one connection, one after the other. */
export interface RequestLoad {
  readonly target: Target;
  readonly path: string;
  readonly times: number;
  /** JSON to post, in turn; absent: it is a GET. */
  readonly bodies?: readonly string[];
  /** Starts no request after so many ms. */
  readonly limit: number;
}

/** What has been published so far. */
export interface PublishCounts {
  /** µs on the shared clock. */
  readonly at: number;
  readonly published: number;
}

let connections: KeepAlive[] = [];
let published = 0;
let running = false;
let failure: Error | undefined;
const latency = createHistogram({ figures: 3 });

function keepPublishing(connection: KeepAlive, { target, ...options }: PublishLoad): void {
  const { batch = 1 } = options;
  const next = () => {
    const sent = sharedNow();
    connection.send(publishRequest(target, options), (error) => {
      if (error) {
        failure ??= error;
        return;
      }
      published += batch;
      latency.record(Math.max(1, sharedNow() - sent));
      if (running) next();
    });
  };
  next();
}

answerCalls({
  start: async (load: PublishLoad) => {
    connections = await Promise.all(Array.from({ length: load.connections }, () => KeepAlive.open(load.target)));
    running = true;
    for (const connection of connections) keepPublishing(connection, load);
  },
  count: (): PublishCounts => {
    if (failure) throw failure;
    return { at: sharedNow(), published };
  },
  resetLatency: () => latency.reset(),
  latency: () => ({ p50: latency.percentile(50) / 1_000, p99: latency.percentile(99) / 1_000 }),
  stop: async () => {
    running = false;
    while (!failure && connections.some(({ isBusy }) => isBusy)) await new Promise(setImmediate);
    for (const connection of connections) connection.close();
    connections = [];
    if (failure) throw failure;
  },
  /** The ms of each request. */
  request: async ({ target, path, times, bodies, limit }: RequestLoad) => {
    const connection = await KeepAlive.open(target);
    const texts = bodies?.map((body) => postRequest(path, body, { ...target.headers, ...JSON_CONTENT })) ?? [];
    const get = getRequest(path, target.headers);
    const start = sharedNow();
    const took: number[] = [];
    while (took.length < times && sharedNow() - start < limit * 1_000) {
      const sent = sharedNow();
      await new Promise<void>((resolve, reject) =>
        connection.send(texts[took.length % texts.length] ?? get, (error) => (error ? reject(error) : resolve())),
      );
      took.push((sharedNow() - sent) / 1_000);
    }
    connection.close();
    return took;
  },
});
