import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import type { Notification } from "../../server/rules/notification.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse, SseSplitter } from "../_sse.ts";

const AUTH = { authorization: `Bearer ${TOKEN}` };
const PATHS = ["/api/notifications/stream", "/trpc/notifications.subscribe"] as const;

/** Queries that mark the slow readers and change nothing. */
const SLOW = { [PATHS[0]]: "types=notification,slow", [PATHS[1]]: "slow=1" } as const;

/** The server's ends of the connections whose path begins with one of these. */
function watchSockets(prefix: string): Disposable & { readonly sockets: readonly Socket[] } {
  const sockets: Socket[] = [];
  const onStart = (message: unknown) => {
    const { request: incoming, socket } = message as { request: IncomingMessage; socket: Socket };
    if (incoming.url?.startsWith(prefix) && incoming.url.includes("slow")) sockets.push(socket);
  };
  subscribe("http.server.request.start", onStart);
  return { sockets, [Symbol.dispose]: () => void unsubscribe("http.server.request.start", onStart) };
}

/** Opens a stream and reads nothing of it. */
function openUnread(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers: AUTH }, resolve).on("error", reject).end();
  });
}

async function readStats(server: TestServer): Promise<{ readers: { open: number; live: number; stalled: number } }> {
  const response = await server.query("stats.current");
  return ((await response.json()) as { result: { data: { readers: { open: number; live: number; stalled: number } } } })
    .result.data;
}

/** Publishes with some callers at once. */
async function publishMany(server: TestServer, count: number, message: string): Promise<Notification[]> {
  const stored: Notification[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < count) {
        next += 1;
        stored.push(await server.publish({ message, data: next }));
      }
    }),
  );
  return stored.sort((a, b) => a.id - b.id);
}

test.each(PATHS)(
  "a reader of %s that never drains delays nobody, takes little memory, and gets everything once it drains",
  { timeout: 30_000 },
  async (path) => {
    await using server = await startTestServer();
    using watch = watchSockets(path);
    const slow = await Promise.all(Array.from({ length: 5 }, () => openUnread(`${server.url}${path}?${SLOW[path]}`)));
    using quick = await openSse(`${server.url}/api/notifications/stream`, { headers: AUTH });
    await quick.take(2);

    let peak = 0;
    const measure = setInterval(() => {
      for (const { writableLength } of watch.sockets) peak = Math.max(peak, writableLength);
    }, 5);
    const message = "x".repeat(12_000);
    const count = 1_500;
    const stored = await publishMany(server, count, message);
    const cursors = stored.map(({ cursor }) => cursor);

    // The others have everything while the slow ones stand still.
    const seen: string[] = [];
    while (seen.length < count) {
      // A heartbeat has no id.
      const { id } = await quick.next();
      if (id !== undefined) seen.push(id);
    }
    expect(seen).toEqual(cursors);
    expect((await readStats(server)).readers).toMatchObject({ open: 6, stalled: 5 });
    clearInterval(measure);
    expect(watch.sockets).toHaveLength(5);
    const published = count * message.length;
    expect(peak, "one page at most waits for a reader, not what was published").toBeLessThan(published / 5);

    // And now they drain.
    await Promise.all(
      slow.map(async (incoming) => {
        const splitter = new SseSplitter();
        const ids: string[] = [];
        incoming.setEncoding("utf8");
        for await (const chunk of incoming) {
          for (const { id, data, event } of splitter.push(String(chunk))) {
            if (id !== undefined && event !== "connected" && !data.includes('"clientId"')) ids.push(id);
          }
          if (ids.length >= count) break;
        }
        expect(ids).toEqual(cursors);
        incoming.destroy();
      }),
    );
  },
);

test("a reader that takes nothing for BELFRY_STALL_TIMEOUT is closed, and resumes where it was", {
  timeout: 20_000,
}, async () => {
  await using server = await startTestServer({ env: { BELFRY_HEARTBEAT: "0.1", BELFRY_STALL_TIMEOUT: "0.3" } });
  const slow = await openUnread(`${server.url}${PATHS[0]}`);
  using quick = await openSse(`${server.url}${PATHS[0]}`, { headers: AUTH });
  const stored = await publishMany(server, 1_300, "x".repeat(12_000));
  await expect.poll(async () => (await readStats(server)).readers.open, { timeout: 5_000 }).toBe(1);

  // What its socket still held it reads; then the connection is gone, and its last cursor resumes.
  const splitter = new SseSplitter();
  let last = "";
  let count = 0;
  slow.setEncoding("utf8");
  try {
    for await (const chunk of slow) {
      for (const { id, event } of splitter.push(String(chunk))) {
        if (event !== "notification" || id === undefined) continue;
        expect(id).toBe(stored[count]?.cursor);
        last = id;
        count += 1;
      }
    }
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ECONNRESET");
  }
  expect(count).toBeLessThan(stored.length);
  using resumed = await openSse(`${server.url}${PATHS[0]}`, {
    headers: { ...AUTH, ...(last && { "last-event-id": last }) },
  });
  const ids: (string | undefined)[] = [];
  if (last === "") return;
  while (ids.length < stored.length - count) {
    const { id, event } = await resumed.next();
    if (event === "notification") ids.push(id);
  }
  expect(ids).toEqual(stored.slice(count).map(({ cursor }) => cursor));
  expect(quick.status).toBe(200);
});
