/** Publishes from the readers' own process, so that it knows what has been delivered. */
import { setTimeout as sleep } from "node:timers/promises";
import { sharedNow } from "../calls.ts";
import { KeepAlive } from "./keep_alive.ts";
import type { Streams } from "./streams.ts";
import { publishRequest, type Target } from "./target.ts";

/** To whom a pump publishes. */
export interface Audience {
  readonly target: Target;
  /** Channels to publish to in turn. */
  readonly channels: readonly string[];
  /** Streams that follow each channel. */
  readonly readers: number;
  readonly padding?: number;
}

/** Most requests that wait for their answers. */
const CONNECTIONS = 64;

/** Publishes at the pace of the readers, or of a clock. */
export class Pump {
  readonly #streams: Streams;
  readonly #audience: Audience;
  readonly #idle: KeepAlive[];
  readonly #all: readonly KeepAlive[];
  /** Deliveries that are due once everything published has arrived. */
  #due: number;
  #room = 0;
  #timer: NodeJS.Timeout | undefined;
  published = 0;
  /** What the server refused; empty unless something is wrong. */
  failure: Error | undefined;

  private constructor(streams: Streams, audience: Audience, connections: readonly KeepAlive[]) {
    this.#streams = streams;
    this.#audience = audience;
    this.#all = connections;
    this.#idle = [...connections];
    this.#due = streams.delivered;
  }

  static async open(streams: Streams, audience: Audience): Promise<Pump> {
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => KeepAlive.open(audience.target)));
    return new Pump(streams, audience, connections);
  }

  /** Keeps so many notifications under way until {@linkcode stop}. */
  run(window: number): void {
    this.#room = window * this.#audience.readers;
    this.#fill();
  }

  /** Publishes so many a second until {@linkcode stop}. */
  pace(rate: number): void {
    const start = sharedNow();
    let sent = 0;
    this.#timer = setInterval(() => {
      for (const due = ((sharedNow() - start) * rate) / 1e6; sent < due; sent += 1) this.#publish();
    }, 1);
  }

  /** Publishes one and resolves with the µs until it has arrived everywhere. */
  async once(): Promise<number> {
    const start = sharedNow();
    this.#publish();
    await this.arrived();
    return sharedNow() - start;
  }

  /** Resolves once everything published has arrived. */
  async arrived(): Promise<void> {
    await new Promise<void>((resolve) => this.#streams.notifyAt(this.#due, resolve));
  }

  /** Stops, and waits a while for what is under way. */
  async stop(): Promise<void> {
    this.#room = 0;
    clearInterval(this.#timer);
    const patience = new AbortController();
    await Promise.race([this.arrived(), sleep(5_000, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    for (const connection of this.#all) connection.close();
    if (this.failure) throw this.failure;
  }

  #fill(): void {
    const { readers } = this.#audience;
    while (this.#idle.length > 0 && this.#due - this.#streams.delivered + readers <= this.#room) this.#publish();
    // Without a free connection the next answer fills again.
    if (this.#room > 0 && this.#idle.length > 0) {
      this.#streams.notifyAt(this.#due + readers - this.#room, () => this.#fill());
    }
  }

  #publish(): void {
    const { target, channels, readers, padding } = this.#audience;
    const connection = this.#idle.pop();
    if (!connection) return;
    const channel = channels[this.published % channels.length] ?? "general";
    this.published += 1;
    this.#due += readers;
    connection.send(publishRequest(target, { channel, padding }), (error) => {
      this.#idle.push(connection);
      if (error) this.failure ??= error;
      else if (this.#room > 0) this.#fill();
    });
  }
}
