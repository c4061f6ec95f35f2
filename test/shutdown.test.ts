import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { DatabaseOpenError } from "../db/errors.ts";
import { readConfig } from "../server/config.ts";
import { ListenError } from "../server/listen.ts";
import { startServer } from "../server/main.ts";
import type { Notification } from "../server/rules/notification.ts";
import { startTestServer, TOKEN } from "./_server.ts";
import { openSse } from "./_sse.ts";
import { makeTempFolder } from "./_temp.ts";

const AUTH = { authorization: `Bearer ${TOKEN}` };

/** Resolves when the server has the whole body of so many publishes. */
function whenReceived(count: number): Promise<void> {
  return new Promise((resolve) => {
    let received = 0;
    const onStart = (message: unknown) => {
      const { request: incoming } = message as { request: IncomingMessage };
      if (incoming.method !== "POST") return;
      incoming.on("end", () => {
        received += 1;
        if (received < count) return;
        unsubscribe("http.server.request.start", onStart);
        resolve();
      });
    };
    subscribe("http.server.request.start", onStart);
  });
}

test("stopping commits and answers the publishes that wait, all of them", async () => {
  await using server = await startTestServer();
  const count = 300;
  const received = whenReceived(count);
  const publishing = Array.from({ length: count }, (_, n) =>
    server.publish({ message: `m${n}`, data: "x".repeat(5_000) }),
  );
  const outcomes = Promise.allSettled(publishing);
  await received;
  // Their promises run on to the writer.
  await new Promise((resolve) => setImmediate(resolve));
  const stopped = server.running[Symbol.asyncDispose]();
  const settled = await outcomes;
  await stopped;
  const answered = settled.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value.id);
  expect(answered).toHaveLength(count);
  expect(server.storedIds()).toEqual(answered.toSorted((a, b) => a - b));
});

test("stopping ends every stream cleanly, and closes within moments though connections are kept alive", async () => {
  await using server = await startTestServer();
  const paths = ["/api/notifications/stream", "/trpc/notifications.subscribe"];
  const streams = await Promise.all(
    [...paths, ...paths].map((path) => openSse(`${server.url}${path}`, { headers: AUTH })),
  );
  const { cursor } = await server.publish({ message: "last words" });
  // A connection that a browser keeps for later.
  const agent = new Agent({ keepAlive: true });
  await new Promise<void>((resolve) => {
    request(`${server.url}/healthz`, { agent }, (incoming) => incoming.resume().on("end", resolve)).end();
  });
  const start = performance.now();
  const stopped = server.running[Symbol.asyncDispose]();
  const texts = await Promise.all(streams.map(({ ended }) => ended));
  await stopped;
  expect(performance.now() - start).toBeLessThan(2_000);
  for (const text of texts) {
    expect(text).toContain(cursor);
    expect(text.endsWith("\n\n"), "no event is cut in two").toBe(true);
    expect(text).not.toContain("event: return");
  }
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  agent.destroy();
});

test("stopping takes no longer than 5 s, also with a reader that never drains and a request that never ends", async () => {
  await using server = await startTestServer();
  const stalled = await new Promise<IncomingMessage>((resolve) => {
    request(`${server.url}/api/notifications/stream`, { agent: false, headers: AUTH }, resolve).end();
  });
  stalled.on("error", () => undefined);
  await Promise.all(Array.from({ length: 1_500 }, () => server.publish({ message: "x".repeat(10_000) })));
  const { hostname, port } = new URL(server.url);
  const half = connect(Number(port), hostname);
  half.on("error", () => undefined);
  await once(half, "connect");
  half.write(
    `POST /api/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 10\r\n\r\n{`,
  );
  const start = performance.now();
  await server.running[Symbol.asyncDispose]();
  expect(performance.now() - start).toBeLessThan(5_000);
  stalled.destroy();
  half.destroy();
});

test("a folder is free for the next server as soon as the first has stopped, and its streams go on there", async () => {
  await using first = await startTestServer();
  const { folder } = first;
  const seen = await first.publish({ message: "seen" });
  const missed = await first.publish({ message: "missed" });
  await first.running[Symbol.asyncDispose]();
  await using second = await startTestServer({ folder });
  using stream = await openSse(`${second.url}/api/notifications/stream?lastEventId=${seen.cursor}`, { headers: AUTH });
  const [, , next] = await stream.take(3);
  expect(next?.id).toBe(missed.cursor);
  const { id } = await second.publish({ message: "more" });
  expect(id).toBeGreaterThan(missed.id);
  const page = (await (await second.fetch("/api/notifications")).json()) as { items: Notification[] };
  expect(page.items.map((item) => item.id)).toEqual([id, missed.id, seen.id]);
});

test("a second server on the same folder is refused in one clear line, and harms the first in nothing", async () => {
  await using server = await startTestServer();
  const config = readConfig({ BELFRY_PORT: "0", BELFRY_DATA: server.folder, BELFRY_LOG_LEVEL: "silent" });
  const refused = startServer(config);
  await expect(refused).rejects.toThrow(DatabaseOpenError);
  await expect(refused).rejects.toThrow(/^Cannot use the data folder [^\n]+another Belfry process[^\n]+$/);
  expect(await server.publish({ message: "still here" })).toMatchObject({ id: 1 });
});

test("a port that is taken is refused in one clear line, and leaves the folder free", async () => {
  await using server = await startTestServer();
  using folder = makeTempFolder();
  const { port } = new URL(server.url);
  const environment = { BELFRY_DATA: folder.path, BELFRY_LOG_LEVEL: "silent" };
  const refused = startServer(readConfig({ ...environment, BELFRY_PORT: port }));
  await expect(refused).rejects.toThrow(ListenError);
  await expect(refused).rejects.toThrow(new RegExp(`^Cannot listen on 127.0.0.1:${port}: [^\\n]+$`));
  await using other = await startServer(readConfig({ ...environment, BELFRY_PORT: "0" }));
  expect(other.url).not.toBe(server.url);
});
