/** Many event streams in one process: they count notifications by one byte and parse none. */
import { connect, type Socket } from "node:net";
import { createHistogram } from "node:perf_hooks";
import { sharedNow } from "../calls.ts";
import { MARK_BYTE, TIME_DIGITS } from "./draft.ts";
import type { Address } from "./keep_alive.ts";

/** How to open streams. */
export interface OpenOptions extends Address {
  readonly count: number;
  /** Paths that the streams take in turn. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** What the beginning of a stream contains once it is open. */
  readonly ready: string;
  /** Connections that may be under way at the same time. */
  readonly atOnce: number;
  /** Reads nothing once it is open. */
  readonly stalled?: boolean;
}

interface StreamSocket extends Socket {
  request: string;
  /** Text of the beginning; null once it is open. */
  opening: string | null;
  sampled: boolean;
  stalled: boolean;
  onOpen: () => void;
}

/** One of so many streams reads the times of publishing too. */
const SAMPLE = 97;
const READ_SIZE = 64 * 1024;
/** One byte longer than a read: the mark behind the last byte read stops the search. */
const scan = Buffer.alloc(READ_SIZE + 1);
const readBuffer = scan.subarray(0, READ_SIZE);

/** The streams of this process. */
export class Streams {
  readonly #sockets = new Set<StreamSocket>();
  /** Notifications, reads and bytes since the start. */
  delivered = 0;
  reads = 0;
  bytes = 0;
  /** Streams that the server has ended. */
  ended = 0;
  /** Publishing to delivery in µs, of the sampled streams. */
  readonly latency = createHistogram({ figures: 3 });
  /** Called as soon as `delivered` is this much. */
  #goal = Number.POSITIVE_INFINITY;
  #onGoal: () => void = () => undefined;
  /** Time that the notification seen last carries, µs. */
  lastStamp = 0;

  get open(): number {
    return this.#sockets.size;
  }

  /** Calls back once so many notifications were delivered in all. */
  notifyAt(delivered: number, onGoal: () => void): void {
    this.#goal = delivered;
    this.#onGoal = onGoal;
    if (this.delivered >= delivered) this.#reached();
  }

  /** Opens streams and resolves when all are open, with the ms that it took. */
  openAll(options: OpenOptions): Promise<number> {
    const { count, atOnce, paths } = options;
    const start = sharedNow();
    let begun = 0;
    let opened = 0;
    return new Promise((resolve, reject) => {
      const begin = () => {
        const path = paths[begun % paths.length] ?? "/";
        this.#open(path, options, {
          sampled: begun % SAMPLE === 0,
          onError: reject,
          onOpen: () => {
            opened += 1;
            if (opened === count) resolve((sharedNow() - start) / 1_000);
            else if (begun < count) begin();
          },
        });
        begun += 1;
      };
      for (let first = 0; first < Math.min(atOnce, count); first += 1) begin();
    });
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #open(
    path: string,
    { host, port, headers, ready, stalled = false }: OpenOptions,
    { sampled, onOpen, onError }: { sampled: boolean; onOpen: () => void; onError: (error: Error) => void },
  ): void {
    const streams = this;
    const callback = function (this: StreamSocket, size: number): boolean {
      if (this.opening === null) {
        streams.#count(size, this.sampled);
        return true;
      }
      return streams.#greet(this, size, ready);
    };
    const socket = connect({
      host,
      port,
      onread: { buffer: readBuffer, callback: callback as never },
    }) as StreamSocket;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.request = `GET ${path} HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n${lines.join("")}\r\n`;
    socket.opening = "";
    socket.sampled = sampled;
    socket.stalled = stalled;
    socket.onOpen = onOpen;
    socket.on("error", onError);
    socket.once("connect", () => socket.write(socket.request));
    socket.once("close", () => {
      if (!this.#sockets.delete(socket)) return;
      this.ended += 1;
      if (socket.opening !== null) onError(new Error(`Cannot open a stream: ${socket.opening.slice(0, 600)}`));
    });
    this.#sockets.add(socket);
  }

  /** Reads the beginning of a stream; notifications that come with it count. */
  #greet(socket: StreamSocket, size: number, ready: string): boolean {
    socket.opening += scan.toString("latin1", 0, size);
    this.#count(size, false);
    if (!socket.opening?.includes(ready)) return true;
    socket.opening = null;
    socket.removeAllListeners("error");
    socket.on("error", () => undefined);
    socket.onOpen();
    return !socket.stalled;
  }

  #count(size: number, sampled: boolean): void {
    this.reads += 1;
    this.bytes += size;
    scan[size] = MARK_BYTE;
    for (let at = scan.indexOf(MARK_BYTE); at < size; at = scan.indexOf(MARK_BYTE, at + 1)) {
      this.delivered += 1;
      if (sampled && at + TIME_DIGITS < size) this.#sample(at + 1);
    }
    if (this.delivered >= this.#goal) this.#reached();
  }

  #sample(at: number): void {
    this.lastStamp = Number(scan.toString("latin1", at, at + TIME_DIGITS));
    this.latency.record(Math.max(1, sharedNow() - this.lastStamp));
  }

  #reached(): void {
    const onGoal = this.#onGoal;
    this.#goal = Number.POSITIVE_INFINITY;
    onGoal();
  }
}
