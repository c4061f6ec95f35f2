import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findOnPath } from "../../scripts/on_path.mjs";
import { type ConnectionState, createHub } from "../../web/client/mod.ts";
import { findPort } from "../_port.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse } from "../_sse.ts";
import { makeTempFolder } from "../_temp.ts";
import { FrontProxy } from "./_proxy.ts";

const PATH = "/api/notifications/stream";
const AUTH = { authorization: `Bearer ${TOKEN}` };
/** Far below the heartbeat of the hub here: only a proxy that does not buffer is this fast. */
const AT_ONCE = 2_500;
const HEARTBEAT = "4";

const PROXIES = [
  { name: "nginx", program: "nginx", start: FrontProxy.startNginx },
  { name: "Caddy", program: "caddy", start: FrontProxy.startCaddy },
] as const;
const isInstalled = ({ program }: (typeof PROXIES)[number]) => findOnPath(program) !== undefined;

describe.each(PROXIES.filter((proxy) => !isInstalled(proxy)))("behind $name", ({ name }) => {
  test("works", (context) => context.skip(`${name} is not installed; install it to run these tests`));
});

describe.each(PROXIES.filter(isInstalled))("behind $name, with the snippet of README.md", ({ start }) => {
  const folder = makeTempFolder();
  let port: number;
  let server: TestServer;
  let proxy: FrontProxy;
  const startHub = () =>
    startTestServer({
      folder: folder.path,
      env: { BELFRY_PORT: `${port}`, BELFRY_HEARTBEAT: HEARTBEAT, BELFRY_LOG_LEVEL: "silent" },
    });
  beforeAll(async () => {
    port = await findPort();
    server = await startHub();
    proxy = await start(port);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const open = (query = "", headers: Record<string, string> = {}) =>
    openSse(`${proxy.url}${PATH}${query}`, { headers: { ...AUTH, ...headers } });
  const countReaders = async () => {
    const response = await server.query("stats.current");
    const { result } = (await response.json()) as { result: { data: { readers: { open: number } } } };
    return result.data.readers.open;
  };

  test("the stream's head and every frame pass at once", async () => {
    using stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers["content-type"]).toBe("text/event-stream");
    expect((await stream.take(2)).map(({ event }) => event)).toEqual(["message", "connected"]);
    for (const message of ["one", "two", "three"]) {
      const started = performance.now();
      const { cursor } = await server.publish({ message });
      let event = await stream.next();
      while (event.event === "heartbeat") event = await stream.next();
      expect(event.id).toBe(cursor);
      expect(JSON.parse(event.data)).toMatchObject({ message });
      expect(performance.now() - started).toBeLessThan(AT_ONCE);
    }
  });

  test("a heartbeat passes", async () => {
    using stream = await open();
    await stream.take(2);
    expect(await stream.next()).toMatchObject({ event: "heartbeat", id: undefined });
  });

  test("a publish of the largest message and data passes", async () => {
    const body = JSON.stringify({ message: "m".repeat(16_384), data: "d".repeat(65_534) });
    const headers = { ...AUTH, "content-type": "application/json" };
    const response = await fetch(`${proxy.url}/api/notifications`, { method: "POST", headers, body });
    expect(response.status).toBe(201);
  });

  test("Last-Event-ID resumes after the cursor", async () => {
    const { cursor } = await server.publish({ message: "seen" });
    const missed = [await server.publish({ message: "a" }), await server.publish({ message: "b" })];
    using stream = await open("", { "last-event-id": cursor });
    const events = await stream.take(4);
    expect(events.slice(2).map(({ id }) => id)).toEqual(missed.map((one) => one.cursor));
  });

  test("a client that goes away leaves no stream open at the hub", async () => {
    const settle = (count: number) => vi.waitFor(async () => expect(await countReaders()).toBe(count), AT_ONCE);
    await settle(0);
    const stream = await open();
    await stream.take(2);
    await settle(1);
    stream[Symbol.dispose]();
    await settle(0);
  });

  test("a page of the public address may sign in, a foreign one may not", async () => {
    const signIn = (origin: string) =>
      fetch(`${proxy.url}/trpc/session.signIn`, {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON.stringify({ email: "nobody@example.com", password: "wrong" }),
      });
    expect((await signIn(proxy.url)).status).toBe(401);
    expect((await signIn("https://evil.example")).status).toBe(403);
  });

  test("the SDK comes back after the proxy has answered for a hub that is down, and misses nothing", async () => {
    using hub = createHub({ url: proxy.url, token: TOKEN });
    const seen: string[] = [];
    const states: ConnectionState[] = [];
    hub.subscribe(
      {},
      {
        onNotification: ({ message }) => seen.push(message ?? ""),
        onState: (state) => states.push(state),
        onError: (error) => states.push(error.message as ConnectionState),
      },
    );
    await vi.waitFor(() => expect(states.at(-1)).toBe("live"), 5_000);
    await hub.publish({ message: "before" });
    await vi.waitFor(() => expect(seen).toEqual(["before"]), 5_000);

    await server[Symbol.asyncDispose]();
    const { status } = await fetch(`${proxy.url}/healthz`);
    expect([502, 503]).toContain(status);
    await expect(hub.publish({ message: "refused" })).rejects.toThrow();
    await vi.waitFor(() => expect(states.at(-1)).toBe("offline"), 5_000);

    server = await startHub();
    const missed = ["missed 1", "missed 2", "missed 3"];
    for (const message of missed) await server.publish({ message });
    await vi.waitFor(() => expect(states.at(-1)).toBe("live"), 25_000);
    await vi.waitFor(() => expect(seen).toHaveLength(4), 5_000);
    await server.publish({ message: "after" });
    await vi.waitFor(() => expect(seen).toEqual(["before", ...missed, "after"]), 5_000);
  });
});
