import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { SSE_FORMAT } from "../../server/http/sse_format.ts";
import { Wire } from "../../server/hub/frame.ts";
import { Hub } from "../../server/hub/hub.ts";
import { TypedStream } from "../../server/trpc/typed_stream.ts";
import { createHub } from "../../web/client/mod.ts";
import { openTestLog } from "../_log.ts";
import { readMetrics, readStats } from "../_metrics.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse, SseSplitter } from "../_sse.ts";
import { makeTempFolder } from "../_temp.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
const PATHS = [PLAIN, TYPED] as const;
const AUTH = { authorization: `Bearer ${TOKEN}` };
const EVERYTHING = { channels: null, types: null, minSeverity: 0, user: null, seesTargeted: false };

/** Opens a stream and reads nothing of it. */
function openUnread(url: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers: { ...AUTH, ...headers } }, resolve)
      .on("error", reject)
      .end();
  });
}

const isNotification = (data: string) => data.startsWith('{"id":');

describe("BELFRY_MAX_STREAM_LIFE", () => {
  test("ends each stream, whole, between 80 and 100 % of it, and not all at once", async () => {
    const life = 2_500;
    const heartbeat = 100;
    await using server = await startTestServer({
      env: { BELFRY_MAX_STREAM_LIFE: `${life / 1_000}`, BELFRY_HEARTBEAT: `${heartbeat / 1_000}` },
    });
    const lives = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const incoming = await openUnread(server.url + PATHS[n % 2]);
        const opened = performance.now();
        incoming.setEncoding("utf8");
        let text = "";
        for await (const chunk of incoming) text += String(chunk);
        expect(incoming.complete, "the body has its end").toBe(true);
        expect(text.endsWith("\n\n")).toBe(true);
        return performance.now() - opened;
      }),
    );
    // It is ended with a heartbeat; whatever more is this machine's being busy.
    const slack = 1_500;
    expect(Math.min(...lives)).toBeGreaterThan(0.8 * life - 50);
    expect(Math.max(...lives)).toBeLessThan(life + heartbeat + slack);
    expect(Math.max(...lives) - Math.min(...lives), "they do not come back at once").toBeGreaterThan(0.05 * life);
    const { readers, closedBy } = await readStats(server);
    expect(readers.open).toBe(0);
    expect(closedBy).toMatchObject({ life: 40, client: 0, failed: 0, stalled: 0 });
  });

  test("costs a follower nothing: the SDK resumes, and gets each notification once and in order", async () => {
    await using server = await startTestServer({ env: { BELFRY_MAX_STREAM_LIFE: "0.5", BELFRY_HEARTBEAT: "0.1" } });
    using hub = createHub({ url: server.url, token: TOKEN });
    const received: number[] = [];
    const gaps: unknown[] = [];
    let connections = 0;
    hub.subscribe(
      {},
      {
        onNotification: ({ id }) => received.push(id),
        onGap: (gap) => gaps.push(gap),
        onConnected: () => {
          connections += 1;
        },
      },
    );
    await expect.poll(() => connections).toBe(1);
    const stored: number[] = [];
    while (connections < 4) stored.push((await server.publish({ message: "m" })).id);
    await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(stored.length);
    expect(received).toEqual(stored);
    expect(gaps).toEqual([]);
  });
});

test.each(PATHS)(
  "a reader of %s that takes nothing for BELFRY_STALL_TIMEOUT is closed, counted, and resumes exactly",
  async (path) => {
    await using server = await startTestServer({ env: { BELFRY_HEARTBEAT: "0.1", BELFRY_STALL_TIMEOUT: "0.3" } });
    const slow = await openUnread(server.url + path);
    using quick = await openSse(server.url + path, { headers: AUTH });
    await quick.take(2);
    // More than both ends' kernels hold.
    const message = "x".repeat(15_000);
    const stored = await Promise.all(Array.from({ length: 1_200 }, () => server.publish({ message })));
    const cursors = stored.toSorted((a, b) => a.id - b.id).map(({ cursor }) => cursor);
    await expect.poll(async () => (await readStats(server)).closedBy.stalled, { timeout: 10_000 }).toBe(1);
    expect((await readStats(server)).readers.open, "the other one goes on").toBe(1);
    expect((await readMetrics(server)).value("belfry_streams_closed_total", { reason: "stalled" })).toBe(1);

    const seen: (string | undefined)[] = [];
    /** Takes what a connection gives until it has everything, or is cut. */
    const read = async (incoming: IncomingMessage) => {
      const splitter = new SseSplitter();
      incoming.setEncoding("utf8");
      try {
        for await (const chunk of incoming) {
          for (const { id, data } of splitter.push(String(chunk))) if (isNotification(data)) seen.push(id);
          if (seen.length >= cursors.length) break;
        }
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("ECONNRESET");
      }
    };
    await read(slow);
    expect(seen.length).toBeLessThan(cursors.length);
    const last = seen.at(-1) ?? "0";
    const resumed = await openUnread(server.url + path, { "last-event-id": last });
    await read(resumed);
    resumed.destroy();
    expect(seen).toEqual(cursors);
  },
);

test("heartbeats are spread evenly over their interval, one for each reader", async () => {
  using folder = makeTempFolder();
  await using open = await openTestLog(folder.path);
  using hub = new Hub({
    log: open.log,
    hasChannel: () => true,
    now: () => 0,
    onError: (error) => {
      throw error;
    },
    heartbeat: 1_000,
  });
  const readers = 60;
  const wire = new Wire(SSE_FORMAT, { chunked: true });
  const beats = new Array<number>(readers).fill(0);
  /** Heartbeats of each tick. */
  const ticks: number[] = [];
  let isSameTick = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const beat = (index: number) => {
    if (!isSameTick) {
      isSameTick = true;
      ticks.push(0);
      queueMicrotask(() => {
        isSameTick = false;
      });
    }
    ticks[ticks.length - 1] = (ticks.at(-1) ?? 0) + 1;
    beats[index] = (beats[index] ?? 0) + 1;
    if (beats.every((count) => count > 0)) resolve();
  };
  for (let index = 0; index < readers; index += 1) {
    hub.open({ filter: EVERYTHING }).stream(
      {
        write: (bytes) => {
          if (Buffer.from(bytes).includes("heartbeat")) beat(index);
          return true;
        },
        end: () => undefined,
        destroy: () => undefined,
      },
      wire,
    );
  }
  await promise;
  // Twenty ticks in a second, three readers in each.
  expect(ticks).toEqual(new Array(20).fill(3));
  expect(beats).toEqual(new Array(readers).fill(1));
});

test("a stream whose request was aborted before it began leaves no reader and no place taken", async () => {
  using folder = makeTempFolder();
  await using open = await openTestLog(folder.path);
  using hub = new Hub({ log: open.log, hasChannel: () => true, now: () => 0, onError: () => undefined });
  let released = 0;
  const release = () => {
    released += 1;
  };
  new TypedStream(hub.open({ filter: EVERYTHING, lease: { release } }), AbortSignal.abort());
  expect(released).toBe(1);
  expect(hub.countReaders().open).toBe(0);
});

/** A raw connection with everything that came over it. */
class RawConnection implements Disposable {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  text = "";

  constructor(server: TestServer) {
    const { hostname, port } = new URL(server.url);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (chunk) => {
      this.text += String(chunk);
    });
    this.socket.on("error", () => undefined);
    this.closed = once(this.socket, "close");
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

const HEAD = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${HEAD}\r\n`;
const post = (body: string) =>
  `POST /api/notifications HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe.each(PATHS)("a second request on the connection of %s", (path) => {
  const seconds = {
    "for another route": get("/healthz"),
    "for the API": get("/api/notifications"),
    "for another stream": get(PLAIN),
    "for the same stream": get(path),
    "that publishes": post('{"message":"pipelined"}'),
  };

  test.each(Object.entries(seconds))("ends it, and never writes into it: %s", async (_, second) => {
    await using server = await startTestServer();
    using raw = new RawConnection(server);
    raw.socket.write(get(path));
    await expect.poll(() => raw.text).toContain('"clientId"');
    raw.socket.write(second);
    await raw.closed;
    expect(raw.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    await expect.poll(async () => (await readStats(server)).readers.open).toBe(0);
    expect(server.storedIds()).toEqual([]);
  });

  test.each(Object.entries(seconds))(
    "sent in one packet with the first, never writes into it: %s",
    async (_, second) => {
      await using server = await startTestServer();
      using raw = new RawConnection(server);
      raw.socket.write(get(path) + second);
      await raw.closed;
      expect(raw.text.match(/HTTP\/1\.1 /g) ?? []).toHaveLength(raw.text === "" ? 0 : 1);
      await expect.poll(async () => (await readStats(server)).readers.open).toBe(0);
    },
  );

  test("before which another is not answered yet gets no stream, and holds no place", async () => {
    await using server = await startTestServer({ env: { BELFRY_MAX_STREAMS: "1" } });
    using raw = new RawConnection(server);
    raw.socket.write(post('{"message":"first"}') + get(path));
    await raw.closed;
    expect(raw.text).not.toContain("clientId");
    await expect.poll(async () => (await readStats(server)).readers.open).toBe(0);
    using next = await openSse(server.url + path, { headers: AUTH });
    await next.take(2);
    expect(next.text).toContain("clientId");
  });
});

test("a connection whose stream was refused is good for the next request", async () => {
  await using server = await startTestServer();
  for (const path of [`${PLAIN}?channels=nowhere`, `${TYPED}?lastEventId=yesterday`]) {
    using raw = new RawConnection(server);
    raw.socket.write(get(path));
    await expect.poll(() => raw.text).toMatch(/\r\n0\r\n\r\n$|\}$/);
    raw.socket.write(get("/healthz"));
    await expect.poll(() => raw.text).toContain('{"status":"ok"}');
  }
});
