import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { Writer } from "../../db/writer.ts";
import { makeToken } from "../../server/auth/secrets.ts";
import { type Connected, createHub } from "../../web/client/mod.ts";
import { readStats } from "../_metrics.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
/** The typed stream by a path that our transport leaves to tRPC's own handler. */
const ITERATED = "/trpc/notifications%2Esubscribe";
const PATHS = [PLAIN, TYPED, ITERATED] as const;

type Headers = Readonly<Record<string, string>>;
const ADMIN: Headers = { authorization: `Bearer ${TOKEN}` };
const EVENT_SOURCE = { accept: "text/event-stream" };

/** Makes a token, as `belfry token create` beside a running server does. */
async function createToken(server: TestServer, name: string): Promise<Headers> {
  await using writer = await Writer.start(server.folder);
  const { secret, ...stored } = makeToken();
  const rights = { userId: null, scopes: ["read", "publish"], patterns: ["*"] };
  const input = { actor: { id: "cli" }, at: 0, ...stored, ...rights, name, expiresAt: null };
  await writer.execute({ kind: "token.create", input });
  return { authorization: `Bearer ${secret}` };
}

const open = (server: TestServer, path: string, headers: Headers = ADMIN) => openSse(server.url + path, { headers });

/** Whether a stream begins: it is given its `connected`. */
async function begins(stream: SseStream): Promise<boolean> {
  while (stream.status === 200) {
    const { event, data } = await stream.next();
    if (data.includes('"clientId"')) return true;
    if (event === "refused" || event === "serialized-error") return false;
  }
  return false;
}

/** Opens a stream that must begin. */
async function follow(server: TestServer, path: string, headers: Headers = ADMIN): Promise<SseStream> {
  const stream = await open(server, path, headers);
  expect(await begins(stream), stream.text).toBe(true);
  return stream;
}

/** Waits until a number of streams can be open at once, and no more: so many places are free. */
async function expectPlaces(server: TestServer, count: number): Promise<void> {
  await using streams = new AsyncDisposableStack();
  for (let n = 0; n < count; n += 1) {
    await expect
      .poll(
        async () => {
          const stream = await open(server, n % 2 ? TYPED : PLAIN);
          const isOpen = await begins(stream);
          if (isOpen) streams.use(stream);
          return isOpen;
        },
        { interval: 10, timeout: 5_000, message: `place ${n + 1} of ${count}` },
      )
      .toBe(true);
  }
  using beyond = await open(server, PLAIN);
  expect(beyond.status).toBe(429);
}

/** Sends the head of a request over a socket of its own, without waiting for anything. */
async function send(server: TestServer, path: string): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  return socket;
}

interface Owners {
  /** Whose places are taken. */
  readonly own: Headers;
  /** Who is not concerned; absent: everyone is. */
  readonly other?: Headers;
}

interface Case {
  readonly setting: string;
  readonly owners: (server: TestServer) => Promise<Owners>;
  readonly message: string;
}

const CASES: readonly Case[] = [
  {
    setting: "BELFRY_MAX_STREAMS",
    owners: async () => ({ own: ADMIN }),
    message: "Cannot follow: the hub has 2 streams open, the limit is 2; close one, or try again later",
  },
  {
    setting: "BELFRY_MAX_STREAMS_PER_USER",
    owners: async (server) => ({ own: { cookie: await signInAdmin(server) }, other: ADMIN }),
    message: "Cannot follow: user admin has 2 streams open, the limit is 2; close one, or try again later",
  },
  {
    setting: "BELFRY_MAX_STREAMS_PER_TOKEN",
    owners: async (server) => ({ own: await createToken(server, "ci"), other: await createToken(server, "other") }),
    message: "Cannot follow: token ci has 2 streams open, the limit is 2; close one, or try again later",
  },
  {
    setting: "BELFRY_MAX_STREAMS_PER_ADDRESS",
    owners: async () => ({ own: ADMIN }),
    message: "Cannot follow: the address 127.0.0.1 has 2 streams open, the limit is 2; close one, or try again later",
  },
];

describe.each(CASES)("$setting", ({ setting, owners, message }) => {
  test("refuses what is beyond in the language of each client, and gives a closed stream's place to the next", async () => {
    await using server = await startTestServer({ env: { [setting]: "2" } });
    const { own, other } = await owners(server);
    using first = await follow(server, PLAIN, own);
    using _second = await follow(server, TYPED, own);

    using plain = await open(server, PLAIN, own);
    expect(plain.status).toBe(429);
    expect(plain.headers).toMatchObject({ "content-type": "application/json", "retry-after": "10" });
    expect(JSON.parse(await plain.ended)).toEqual({ error: { code: "TOO_MANY_REQUESTS", message } });

    // An EventSource gives up for good at any other status.
    using source = await open(server, PLAIN, { ...own, ...EVENT_SOURCE });
    expect(source.status).toBe(200);
    expect(source.headers).toMatchObject({ "content-type": "text/event-stream", "retry-after": "10" });
    const text = await source.ended;
    expect(text).toBe(`retry: 10000\nevent: refused\ndata: ${await plain.ended}\n\n`);

    using typed = await open(server, TYPED, own);
    expect(typed.status).toBe(200);
    expect(typed.headers).toMatchObject({ "content-type": "text/event-stream", "retry-after": "10" });
    const refusal = (await typed.ended).split(/\n\n+/).find((event) => event.includes("serialized-error")) ?? "";
    expect(refusal).toMatch(/^retry: 10000\nevent: serialized-error\ndata: /);
    expect(JSON.parse(refusal.slice(refusal.indexOf("{")))).toMatchObject({
      message,
      code: -32603,
      data: { code: "TOO_MANY_REQUESTS", httpStatus: 429, retryAfter: 10 },
    });
    expect(refusal).not.toContain(TOKEN);

    if (other) {
      using _elsewhere = await follow(server, PLAIN, other);
    }
    first[Symbol.dispose]();
    await expect
      .poll(async () => {
        using again = await open(server, PLAIN, own);
        return again.status;
      })
      .toBe(200);
  });

  test("0 switches it off", async () => {
    await using server = await startTestServer({ env: { [setting]: "0" } });
    const { own } = await owners(server);
    await using streams = new AsyncDisposableStack();
    for (let n = 0; n < 30; n += 1) streams.use(await follow(server, n % 2 ? TYPED : PLAIN, own));
    expect((await readStats(server)).readers.open).toBe(30);
  });
});

describe("BELFRY_STREAM_OPEN_RATE", () => {
  test("refuses an address that opens too many within a minute, and says when to come back", async () => {
    await using server = await startTestServer({ env: { BELFRY_STREAM_OPEN_RATE: "3" } });
    for (const path of [PLAIN, TYPED, PLAIN]) {
      using _closed = await follow(server, path);
    }
    using plain = await open(server, PLAIN);
    expect(plain.status).toBe(429);
    const seconds = Number(plain.headers["retry-after"]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    const { error } = JSON.parse(await plain.ended) as { error: { code: string; message: string } };
    expect(error.code).toBe("TOO_MANY_REQUESTS");
    expect(error.message).toBe(
      `Cannot follow: the address 127.0.0.1 opens streams too fast; the limit is 3 a minute, try again in ${seconds} s`,
    );
    using source = await open(server, PLAIN, { ...ADMIN, ...EVENT_SOURCE });
    expect(source.status).toBe(200);
    expect(await source.ended).toMatch(/^retry: \d+000\nevent: refused\ndata: .*too fast.*\n\n$/);
    using typed = await open(server, TYPED);
    expect(await typed.ended).toMatch(/\nretry: \d+000\nevent: serialized-error\ndata: .*"TOO_MANY_REQUESTS"/);
    // Everything but streams goes on.
    expect((await server.publish({ message: "m" })).id).toBe(1);
  });

  test("0 switches it off", async () => {
    await using server = await startTestServer({ env: { BELFRY_STREAM_OPEN_RATE: "0" } });
    for (let n = 0; n < 100; n += 1) {
      using _closed = await follow(server, n % 2 ? TYPED : PLAIN);
    }
  });
});

describe("a place", () => {
  test("that is the last one goes to one of those that ask for it at the same moment", async () => {
    await using server = await startTestServer({ env: { BELFRY_MAX_STREAMS: "3" } });
    const streams = await Promise.all(Array.from({ length: 24 }, (_, n) => open(server, PATHS[n % 3] ?? PLAIN)));
    const begun = await Promise.all(streams.map(begins));
    expect(begun.filter(Boolean)).toHaveLength(3);
    expect((await readStats(server)).readers.open).toBe(3);
    for (const stream of streams) stream[Symbol.dispose]();
    await expectPlaces(server, 3);
  });

  test.each(PATHS)("of %s is free again after every way to end a stream", async (path) => {
    await using server = await startTestServer({ env: { BELFRY_MAX_STREAMS: "2" } });
    const ends: ((socket: Socket) => void)[] = [
      (socket) => socket.end(),
      (socket) => socket.destroy(),
      (socket) => socket.resetAndDestroy(),
    ];
    for (const end of ends) {
      const sockets = [await send(server, path), await send(server, path)];
      await expect.poll(async () => (await readStats(server)).readers.open).toBe(2);
      sockets.forEach(end);
      await expectPlaces(server, 2);
      await expect.poll(async () => (await readStats(server)).readers.open).toBe(0);
    }
  });

  test.each(PATHS)("of %s is free again when its client went before it was answered", async (path) => {
    await using server = await startTestServer({ env: { BELFRY_MAX_STREAMS: "40" } });
    for (let n = 0; n < 40; n += 1) {
      const socket = await send(server, path);
      // At once, and after one, two, three turns of the event loop that the server shares with this test.
      for (let turns = n % 4; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
      if (n % 2) socket.destroy();
      else socket.resetAndDestroy();
    }
    await expect.poll(async () => (await readStats(server)).readers.open).toBe(0);
    await expectPlaces(server, 40);
  });

  test("is not taken by what is refused for another reason", async () => {
    await using server = await startTestServer({ env: { BELFRY_MAX_STREAMS: "1" } });
    const refused: [string, Headers][] = [
      [PLAIN, {}],
      [`${PLAIN}?channels=nowhere`, ADMIN],
      [`${PLAIN}?lastEventId=yesterday`, ADMIN],
      [TYPED, {}],
      [`${TYPED}?input=${encodeURIComponent('{"channels":["nowhere"]}')}`, ADMIN],
      [`${TYPED}?lastEventId=yesterday`, ADMIN],
      [`${ITERATED}?lastEventId=yesterday`, ADMIN],
    ];
    for (const [path, headers] of refused) {
      using stream = await open(server, path, headers);
      expect(await begins(stream)).toBe(false);
    }
    await expectPlaces(server, 1);
  });
});

test("clients that were refused come back by themselves once a place is free", { timeout: 40_000 }, async () => {
  await using server = await startTestServer({ env: { BELFRY_MAX_STREAMS: "2" } });
  const holders = [await follow(server, PLAIN), await follow(server, TYPED)];
  using hub = createHub({ url: server.url, token: TOKEN });

  const refusals: unknown[] = [];
  const { promise: refused, resolve: onRefused } = Promise.withResolvers<void>();
  const { promise: typed, resolve: onData, reject } = Promise.withResolvers<unknown>();
  const subscription = hub.trpc.notifications.subscribe.subscribe(
    {},
    {
      onData,
      onError: reject,
      onComplete: () => reject(new Error("it completed")),
      onConnectionStateChange: ({ error }) => {
        if (!error) return;
        refusals.push(error.data?.code);
        onRefused();
      },
    },
  );
  const { promise: followed, resolve: onConnected, reject: onError } = Promise.withResolvers<Connected>();
  using sdk = hub.subscribe({}, { onNotification: () => undefined, onConnected, onError });

  await refused;
  expect(refusals).toEqual(["TOO_MANY_REQUESTS"]);
  for (const holder of holders) holder[Symbol.dispose]();
  expect(await typed).toMatchObject({ data: { event: "connected" } });
  expect(await followed).toMatchObject({ event: "connected" });
  expect(sdk.state).toBe("live");
  subscription.unsubscribe();
});
