import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { HubObserver } from "../hub/meter.ts";
import type { Statistics } from "../hub/statistics.ts";

/** Upper bounds in seconds: from a write on a fast disk to a reader that waits for a slow one. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** The hub's figures in Prometheus' text format. */
export class Metrics implements HubObserver {
  readonly #registry = new Registry();
  readonly #written: Histogram;
  readonly #commitSeconds: Histogram;
  readonly #commitSize: Histogram;
  #read: (() => Statistics) | undefined;
  /** What this moment's figures are taken from: taking them walks over all readers, so once for all of them. */
  #numbers: Statistics | undefined;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `belfry_${name}`, help, buckets, registers });
    this.#written = histogram("publish_to_written_seconds", "From a publish to its last live reader's socket", SECONDS);
    this.#commitSeconds = histogram("commit_seconds", "Time of a transaction", SECONDS);
    this.#commitSize = histogram("commit_size", "Commands in a transaction", SIZES);
    this.#gauges();
    this.#counters();
  }

  /** Tells where the numbers come from; before, there are none. */
  observe(read: () => Statistics): void {
    this.#read = read;
  }

  /** Counts a transaction of so many commands. */
  countCommit(size: number, commitMs: number): void {
    this.#commitSize.observe(size);
    this.#commitSeconds.observe(commitMs / 1_000);
  }

  written(ms: number): void {
    this.#written.observe(ms / 1_000);
  }

  /** All figures of this moment, with their content type. */
  async render(): Promise<{ readonly body: string; readonly type: string }> {
    this.#numbers = this.#read?.();
    return { body: await this.#registry.metrics(), type: this.#registry.contentType };
  }

  #gauges(): void {
    const gauge = (name: string, help: string, value: (numbers: Statistics) => number) => {
      const read = () => this.#numbers;
      new Gauge({
        name: `belfry_${name}`,
        help,
        registers: [this.#registry],
        collect() {
          const numbers = read();
          if (numbers) this.set(value(numbers));
        },
      });
    };
    gauge("readers_live", "Readers at the head of the log", ({ readers }) => readers.live);
    gauge("readers_catching_up", "Readers that read on from the log", ({ readers }) => readers.catchingUp);
    gauge("readers_stalled", "Readers that wait for their sockets", ({ readers }) => readers.stalled);
    gauge("readers_max_lag", "Distance of the last reader from the head, in ids", ({ readers }) => readers.maxLag);
    gauge("readers_queued_bytes", "Bytes that wait in all sockets", ({ readers }) => readers.queuedBytes);
    gauge("log_head", "Id of the newest notification", ({ head }) => head);
    gauge("channels", "Channels", ({ channels }) => channels);
    gauge("writer_backlog", "Commands that wait for the disk", ({ writerBacklog }) => writerBacklog);
    gauge("wal_bytes", "Size of the write-ahead log", ({ walBytes }) => walBytes);
    const read = () => this.#numbers;
    new Gauge({
      name: "belfry_connections",
      help: "Open streams by transport",
      labelNames: ["transport"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [transport, count] of Object.entries(read()?.connections ?? {})) this.set({ transport }, count);
      },
    });
  }

  #counters(): void {
    const counter = (name: string, help: string, value: (numbers: Statistics) => number) => {
      const read = () => this.#numbers;
      new Counter({
        name: `belfry_${name}_total`,
        help,
        registers: [this.#registry],
        collect() {
          const numbers = read();
          this.reset();
          if (numbers) this.inc(value(numbers));
        },
      });
    };
    counter("notifications_published", "Notifications committed", ({ published }) => published);
    counter("deliveries", "Notifications handed to readers", ({ deliveries }) => deliveries);
    counter("replayed", "Deliveries that were read again from the ring or the log", ({ replayed }) => replayed);
    counter("gaps", "Gaps announced to readers", ({ gaps }) => gaps);
    counter("ephemeral_published", "Ephemeral notifications published", ({ ephemeral }) => ephemeral);
    counter("ephemeral_dropped", "Ephemeral notifications that a reader lost", ({ dropped }) => dropped);
    counter("streams_opened", "Streams opened", ({ streamsOpened }) => streamsOpened);
    const read = () => this.#numbers;
    new Counter({
      name: "belfry_streams_closed_total",
      help: "Streams closed by reason",
      labelNames: ["reason"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(read()?.closedBy ?? {})) this.inc({ reason }, count);
      },
    });
  }
}
