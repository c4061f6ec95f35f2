import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../db/event_log.ts";
import { SSE_FORMAT } from "../../server/http/sse_format.ts";
import { Hub, type HubOptions } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import { createWires, startStream } from "../../server/hub/socket_stream.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { makeTempFolder } from "../_temp.ts";
import { EVERYTHING, useTestLog } from "./_hub.ts";

const schema = createDraftSchema();
const WIRES = createWires(SSE_FORMAT);

const open = useTestLog(["a"]);

/** One stream over a real connection: both of its ends. */
interface Connection {
  readonly reader: Reader;
  readonly client: Socket;
  readonly server: Socket;
}

/** A hub behind a socket in a folder: what the system keeps for one is little, and known. */
class StreamServer implements AsyncDisposable {
  readonly hub: Hub;
  readonly #temp = makeTempFolder();
  readonly #opened: Omit<Connection, "client">[] = [];
  readonly #clients: Socket[] = [];
  readonly #server = createServer((request, response) => {
    const reader = this.hub.open({ filter: EVERYTHING });
    this.#opened.push({ reader, server: request.socket });
    this.beforeStart(reader);
    startStream(reader, WIRES, { request, response, headers: {} });
  });
  /** Happens between a stream's being opened and its start. */
  beforeStart: (reader: Reader) => void = () => undefined;

  constructor(options: Partial<HubOptions>) {
    const { log } = open;
    const onError = (error: unknown) => {
      throw error;
    };
    this.hub = new Hub({ log, hasChannel: () => true, now: () => 0, onError, ...options });
  }

  /** Opens a stream whose client reads nothing, and ends nothing by itself. */
  async open(): Promise<Connection> {
    const path = `${this.#temp.path}/socket`;
    if (!this.#server.listening) await once(this.#server.listen(path), "listening");
    const client = connect({ path, allowHalfOpen: true });
    client.on("error", () => undefined);
    this.#clients.push(client);
    const index = this.#opened.length;
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await expect.poll(() => this.#opened[index], { interval: 2 }).toBeDefined();
    const { reader, server } = this.#opened[index] as Connection;
    return { reader, client, server };
  }

  publish(message: string): Promise<LogRecord> {
    return this.hub.publish(schema.parse({ channel: "a", message }), "test");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hub[Symbol.dispose]();
    for (const client of this.#clients) client.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    this.#temp[Symbol.dispose]();
  }
}

/** Publishes so much that a reader that takes nothing has some MB waiting, in one write for those that are live. */
async function fill({ hub, publish }: { hub: Hub; publish: (message: string) => Promise<LogRecord> }): Promise<void> {
  await expect.poll(() => hub.countReaders().live).toBeGreaterThan(0);
  await Promise.all(Array.from({ length: 400 }, () => publish("x".repeat(15_000))));
}

describe("a stream that has ended", () => {
  test("has its connection closed after a while, whether or not the client closes its half", async () => {
    await using streams = new StreamServer({ patience: 200 });
    const { reader, client, server } = await streams.open();
    client.resume();
    const ended = once(client, "end");
    const closed = once(server, "close");
    reader.end("expired");
    await ended;
    expect(server.destroyed, "the client is given its time").toBe(false);
    await closed;
    expect(client.writable, "its own half was never ended").toBe(true);
  });

  test("has it closed at once when it is full", async () => {
    await using streams = new StreamServer({ patience: 60_000 });
    const { reader, server } = await streams.open();
    await fill({ hub: streams.hub, publish: (message) => streams.publish(message) });
    await expect.poll(() => reader.outlet?.isFull).toBe(true);
    reader.close("life");
    expect(server.destroyed).toBe(true);
  });

  test("before it began never begins, and stands in no count", async () => {
    await using streams = new StreamServer({});
    streams.beforeStart = (reader) => reader.end("revoked");
    const { reader, server } = await streams.open();
    await expect.poll(() => server.destroyed).toBe(true);
    expect(reader.state).toBe("closed");
    expect(streams.hub.countReaders().open).toBe(0);
  });
});

describe("a reader whose socket is full", () => {
  test("is closed as stalled when it takes nothing for `patience`", async () => {
    await using streams = new StreamServer({ patience: 200 });
    const { reader, server } = await streams.open();
    await fill({ hub: streams.hub, publish: (message) => streams.publish(message) });
    await once(server, "close");
    expect(reader.state).toBe("closed");
    expect(streams.hub.meter.closed).toMatchObject({ stalled: 1, client: 0 });
  });

  test("goes on when it takes little, but steadily, and is not drained for longer than `patience`", async () => {
    const patience = 400;
    await using streams = new StreamServer({ patience, heartbeat: 50 });
    const { reader, client, server } = await streams.open();
    /** Bytes that the client has taken, and may have taken by now: more with each heartbeat of another reader. */
    let taken = 0;
    let allowed = 64 * 1024;
    let text = "";
    client.on("data", (chunk) => {
      text += String(chunk);
      taken += chunk.length;
      if (taken >= allowed) client.pause();
    });
    await expect.poll(() => streams.hub.countReaders().live).toBe(1);
    // What is committed at once goes to the socket in one write.
    const count = 200;
    const stored = Array.from({ length: count }, () => streams.publish("x".repeat(15_000)));
    await expect.poll(() => reader.outlet?.isFull, { interval: 1 }).toBe(true);
    const since = performance.now();
    const drained = once(server, "drain").then(() => performance.now() - since);
    await Promise.all(stored);
    streams.hub.open({ filter: { ...EVERYTHING, channels: new Set(["none"]) } }).stream(
      {
        write: () => {
          allowed += 128 * 1024;
          client.resume();
          return true;
        },
        end: () => undefined,
        destroy: () => undefined,
      },
      WIRES.bare,
    );
    const last = (await Promise.all(stored)).reduce((newest, { id }) => Math.max(newest, id), 0);
    await expect.poll(() => text.includes(`id: ${open.log.epoch}-${last}\n`), { timeout: 20_000 }).toBe(true);
    expect(await drained, "this test shows what it is to show").toBeGreaterThan(1.5 * patience);
    expect(text.match(/^event: notification$/gm)).toHaveLength(count);
    expect(reader.state).toBe("live");
    expect(streams.hub.meter.closed.stalled).toBe(0);
  });
});
