/**
 * scripts/soak/ lets a hub run for long under everything that clients do: they come, go, stall and are killed while
 * several publish. This file runs it; at the end every client must have all of its ids in order, and the server no more
 * memory than before.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeToken } from "../../server/auth/secrets.ts";
import type { Statistics } from "../../web/client/mod.ts";
import { Child } from "../bench/process.ts";
import type { MemoryUse } from "../bench/server_entry.ts";
import { Follower, type Transport } from "./follower.ts";
import { Target } from "./target.ts";
import { Trail } from "./trail.ts";

/** How to soak. */
export interface SoakOptions {
  readonly seconds: number;
  /** Clients at a time. Default: 60. */
  readonly clients?: number;
  /** Publishes per second, of all publishers together. Default: 200. */
  readonly rate?: number;
  /** Told how it goes, now and then. */
  readonly onProgress?: (line: string) => void;
}

/** What came of it. */
export interface SoakReport {
  readonly published: number;
  /** Clients in all, and their connections. */
  readonly followers: number;
  readonly connections: number;
  readonly kills: number;
  /** The server's numbers at the end. */
  readonly statistics: Statistics;
  /** The server's memory after the warm-up and at the end, in bytes. */
  readonly before: MemoryUse;
  readonly after: MemoryUse;
  /** What must not be; empty: all is well. */
  readonly faults: readonly string[];
}

const SERVER = new URL("../bench/server_entry.ts", import.meta.url);
const CHANNELS = ["general", "orders", "alerts"];
/** Large notifications, to few: what fills the sockets of those that stall. */
const HEAVY = "heavy";
const HEAVY_MESSAGE = "x".repeat(15_000);
/** Of these, more than the server's ring of the newest notifications holds (32 MiB): once it is full, memory is flat. */
const RINGFUL = 2_300;
const PUBLISHERS = 8;
/** Most bytes that the server's heap may grow by once its ring is full: what is on its way at the moment. */
const HEAP_GROWTH = 16 * 1024 * 1024;
/** How long clients may take to get the last of what was published, in ms. */
const CATCH_UP = 60_000;

const SETTINGS = {
  BELFRY_HOST: "127.0.0.1",
  BELFRY_PORT: "0",
  BELFRY_LOG_LEVEL: "error",
  BELFRY_HEARTBEAT: "0.5",
  BELFRY_STALL_TIMEOUT: "1",
};
/** Longest life of a stream, in s; shorter in a short soak, so that some end of it there too. */
const MAX_LIFE = 20;

/** Soaks a hub of its own, in a process of its own. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), "belfry-soak-"));
  try {
    const { secret } = makeToken();
    const life = Math.min(MAX_LIFE, options.seconds / 2);
    await using server = await Child.start(SERVER, {
      env: { ...SETTINGS, BELFRY_MAX_STREAM_LIFE: `${life}`, BELFRY_DATA: folder, BELFRY_ADMIN_TOKEN: secret },
      nodeArgs: ["--max-semi-space-size=4", "--expose-gc"],
    });
    const target = new Target(await server.call<string>("url"), secret);
    for (const name of [...CHANNELS.slice(1), HEAVY]) await target.createChannel(name);
    using run = new SoakRun(target, options);
    return await run.play(() => server.call<MemoryUse>("memory"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One run against a server that is there. */
class SoakRun implements Disposable {
  readonly #target: Target;
  readonly #options: SoakOptions;
  readonly #faults: string[] = [];
  readonly #clients: Follower[] = [];
  /** Clients that left for good. */
  readonly #left: Follower[] = [];
  readonly #stop = new AbortController();
  #published = 0;
  #kills = 0;

  constructor(target: Target, options: SoakOptions) {
    this.#target = target;
    this.#options = options;
  }

  async play(memory: () => Promise<MemoryUse>): Promise<SoakReport> {
    const { seconds, clients = 60, onProgress = () => undefined } = this.#options;
    for (let n = 0; n < clients; n += 1) this.#clients.push(this.#follow(n));
    const parts = [this.#upset(), this.#fill(), ...Array.from({ length: PUBLISHERS }, () => this.#publish())];
    const running = Promise.all(parts);
    // A part that fails ends the run.
    running.catch(() => this.#stop.abort());
    await this.#publishHeavy(RINGFUL);
    await this.#pause(seconds * 250);
    const before = await memory();
    onProgress(`warm: ${this.#published} published, heap ${megabytes(before.heap)}`);
    for (let n = 1; n <= 3; n += 1) {
      await this.#pause(seconds * 250);
      onProgress(`${Math.round((seconds * (n + 1)) / 4)} s: ${this.#published} published, ${this.#kills} kills`);
    }
    this.#stop.abort();
    await running;
    const after = await memory();
    await this.#verify();
    if (after.heap - before.heap > HEAP_GROWTH) {
      this.#faults.push(`The server's heap grew from ${megabytes(before.heap)} to ${megabytes(after.heap)}`);
    }
    const statistics = await this.#target.query<Statistics>("stats.current");
    const { failed } = statistics.closedBy;
    if (failed > 0) this.#faults.push(`The server failed ${failed} streams`);
    const followers = [...this.#clients, ...this.#left];
    return {
      published: this.#published,
      followers: followers.length,
      connections: followers.reduce((sum, { connections }) => sum + connections, 0),
      kills: this.#kills,
      statistics,
      before,
      after,
      faults: this.#faults,
    };
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  /** Waits for a time in ms, or until the run is over. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #follow(index: number): Follower {
    const transport: Transport = index % 2 ? "plain" : "typed";
    const some = CHANNELS.filter(() => Math.random() < 0.7);
    const channels = index < 4 ? [...CHANNELS, HEAVY] : some.length > 0 ? some : CHANNELS;
    return new Follower({
      target: this.#target,
      transport,
      channels,
      away: () => 10 + Math.random() * 400,
      onFault: (fault) => void this.#faults.push(fault),
    });
  }

  /** Publishes at its part of the rate until the run is over. */
  async #publish(): Promise<void> {
    const interval = (PUBLISHERS * 1_000) / (this.#options.rate ?? 200);
    while (!this.#stop.signal.aborted) {
      const random = Math.random();
      const channel = CHANNELS[Math.floor(random * CHANNELS.length)] ?? "general";
      const message = "x".repeat(Math.ceil(Math.random() ** 4 * 8_000));
      const ephemeral = Math.random() < 0.05;
      const draft = { channel, message, ...(ephemeral && { ephemeral }) };
      const id = await this.#target.publish(draft, Math.random() < 0.5 ? "rest" : "trpc");
      if (id !== null) this.#published += 1;
      await this.#pause(interval * (0.5 + Math.random()));
    }
  }

  /** Does to clients what networks and people do, to each about every ten seconds. */
  async #upset(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#pause((10_000 / this.#clients.length) * 2 * Math.random());
      const index = 4 + Math.floor(Math.random() * (this.#clients.length - 4));
      const client = this.#clients[index];
      const what = Math.random();
      if (!client) continue;
      if (what < 0.6) {
        client.kill(what < 0.3 ? "reset" : "destroy");
        this.#kills += 1;
      } else if (what < 0.9) {
        client.stall();
        setTimeout(() => client.resume(), Math.random() * 3_000);
      } else {
        client[Symbol.dispose]();
        this.#left.push(client);
        this.#clients[index] = this.#follow(index);
      }
    }
  }

  /** Now and then three of the four that follow everything take nothing, until the server ends them: they are full. */
  async #fill(): Promise<void> {
    const { seconds } = this.#options;
    for (let index = 0; !this.#stop.signal.aborted; index += 1) {
      await this.#pause(Math.max(2_000, seconds * 25));
      const stalled = this.#clients.slice(0, 4).filter((_, n) => n !== index % 4);
      for (const client of stalled) client.stall();
      await this.#publishHeavy(1_000);
      await this.#pause(3_000);
      for (const client of stalled) client.resume();
    }
  }

  /** Publishes large notifications, 50 at a time, until the run is over. */
  async #publishHeavy(count: number): Promise<void> {
    const draft = { channel: HEAVY, message: HEAVY_MESSAGE };
    for (let sent = 0; sent < count && !this.#stop.signal.aborted; sent += 50) {
      const stored = await Promise.all(Array.from({ length: 50 }, () => this.#target.publish(draft, "rest")));
      this.#published += stored.length;
    }
  }

  /** Waits until every client has the last of its channels, and holds what it was given against the history. */
  async #verify(): Promise<void> {
    const history = await this.#target.history();
    if (history.length !== this.#published) {
      this.#faults.push(`${this.#published} were acknowledged, ${history.length} are stored`);
    }
    const end = performance.now() + CATCH_UP;
    for (const client of this.#clients) {
      client.resume();
      const last = history.findLast(({ channel }) => client.channels.includes(channel))?.id ?? 0;
      while (performance.now() < end && (client.start === null || Math.max(client.trail.last, client.start) < last)) {
        await sleep(20);
      }
    }
    for (const client of [...this.#clients, ...this.#left]) {
      const { start, channels, trail } = client;
      const isOver = this.#left.includes(client);
      // One that left before it was told where it stands has a right to nothing.
      if (start === null && isOver) continue;
      const expected = new Trail();
      for (const { id, channel } of history) {
        const isHere = id > (start ?? 0) && (!isOver || id <= trail.last);
        if (isHere && channels.includes(channel)) expected.add(id);
      }
      if (!trail.equals(expected)) {
        this.#faults.push(`A reader of ${channels} from ${start} was given ${trail}, the history has ${expected}`);
      }
    }
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
