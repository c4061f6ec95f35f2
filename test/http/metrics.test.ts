import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createHub, type Statistics } from "../../web/client/mod.ts";
import { type MetricsPage, parseMetrics, readMetrics, readStats } from "../_metrics.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
const ITERATED = "/trpc/notifications%2Esubscribe";
const AUTH = { authorization: `Bearer ${TOKEN}` };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env: { BELFRY_HEARTBEAT: "300" } });
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (path: string, headers: Record<string, string> = {}) =>
  openSse(server.url + path, { headers: { ...AUTH, ...headers } });

/** Reads events up to one that contains a text. */
async function readTo(stream: SseStream, text: string): Promise<void> {
  while (!(await stream.next()).data.includes(text));
}

/** Publishes something that is delivered to whoever is there and not stored. */
async function flash(message: string): Promise<void> {
  const response = await server.mutate("notifications.publish", { message, ephemeral: true });
  expect(response.status).toBe(200);
  await response.body?.cancel();
}

/** How much a figure grew between two pages. */
const growth = (before: MetricsPage, after: MetricsPage) => (name: string, labels?: Record<string, string>) =>
  after.value(name, labels) - before.value(name, labels);

describe("GET /metrics", () => {
  test("needs an admin's credential", async () => {
    for (const headers of [
      {},
      { authorization: "Bearer bf_wrong-wrong" },
      { cookie: "belfry_session=wrong-wrong" },
    ] as Record<string, string>[]) {
      const response = await fetch(`${server.url}/metrics`, { headers });
      expect(response.status).toBe(401);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ error: { code: "UNAUTHORIZED" } });
      expect(text).not.toMatch(/belfry_|process_|wrong-wrong/);
    }
    // Nor does a token in the address open it: addresses are logged.
    expect((await fetch(`${server.url}/metrics?token=${TOKEN}`)).status).toBe(401);
  });

  test("is open to an admin's session, and to no member's", async () => {
    await using own = await startTestServer();
    const cookie = await signInAdmin(own);
    expect((await fetch(`${own.url}/metrics`, { headers: { cookie } })).status).toBe(200);
    {
      using db = openDatabase(own.folder);
      db.sqlite.exec("UPDATE users SET role = 'member'");
    }
    // What the server remembers of a session it forgets with the next change that it makes itself.
    await own.createChannel("next");
    expect((await fetch(`${own.url}/metrics`, { headers: { cookie } })).status).toBe(403);
  });

  test("answers in Prometheus' text format, with help and type for each family, and no secret", async () => {
    await server.publish({ message: "not for the metrics" });
    const response = await server.fetch("/metrics");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    const { types } = parseMetrics(text);
    for (const [name, type] of types) {
      expect(text).toContain(`# HELP ${name} `);
      if (name.startsWith("belfry_")) expect(name.endsWith("_total"), name).toBe(type === "counter");
    }
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain("not for the metrics");
  });

  test("counts what is published, delivered, replayed and lost, and by whom it is read", async () => {
    const before = await readMetrics(server);
    using plain = await open(PLAIN);
    using typed = await open(TYPED);
    using iterated = await open(ITERATED);
    for (const stream of [plain, typed, iterated]) await readTo(stream, '"clientId"');
    await expect.poll(async () => (await readStats(server)).readers.live).toBe(3);
    const first = await server.publish({ message: "first" });
    await server.publish({ message: "second" });
    for (const stream of [plain, typed, iterated]) await readTo(stream, "second");
    await flash("ephemeral");
    for (const stream of [plain, typed, iterated]) await readTo(stream, "ephemeral");

    const open3 = await readMetrics(server);
    const grew = growth(before, open3);
    expect(open3.value("belfry_connections", { transport: "sse" })).toBe(1);
    expect(open3.value("belfry_connections", { transport: "trpc" })).toBe(1);
    expect(open3.value("belfry_connections", { transport: "other" })).toBe(1);
    expect(open3.value("belfry_readers_live")).toBe(3);
    expect(grew("belfry_streams_opened_total")).toBe(3);
    expect(grew("belfry_notifications_published_total")).toBe(2);
    expect(grew("belfry_ephemeral_published_total")).toBe(1);
    expect(grew("belfry_deliveries_total"), "three readers, three notifications").toBe(9);
    expect(grew("belfry_replayed_total")).toBe(0);
    expect(grew("belfry_log_head")).toBe(2);
    expect(grew("belfry_commit_seconds_count")).toBe(2);
    expect(grew("belfry_commit_size_sum")).toBe(2);
    expect(open3.value("belfry_commit_seconds_sum")).toBeGreaterThan(before.value("belfry_commit_seconds_sum"));
    expect(grew("belfry_publish_to_written_seconds_count")).toBeGreaterThanOrEqual(3);

    using resumed = await open(PLAIN, { "last-event-id": first.cursor });
    await readTo(resumed, "second");
    using lost = await open(TYPED, { "last-event-id": "999999999" });
    await readTo(lost, '"gap"');
    const replayed = growth(open3, await readMetrics(server));
    expect(replayed("belfry_replayed_total")).toBe(1);
    expect(replayed("belfry_deliveries_total")).toBe(1);
    expect(replayed("belfry_gaps_total")).toBe(1);

    for (const stream of [plain, typed, iterated, resumed, lost]) stream[Symbol.dispose]();
    await expect.poll(async () => (await readStats(server)).readers.open).toBe(0);
    const closed = await readMetrics(server);
    expect(growth(before, closed)("belfry_streams_closed_total", { reason: "client" })).toBe(5);
    for (const transport of ["sse", "trpc", "other"]) {
      const left = closed.samples.find(({ labels }) => labels["transport"] === transport);
      expect(left?.value ?? 0, "those that are gone are not counted").toBe(0);
    }
  });

  test("tells of readers that are behind, the disk, the event loop and memory", async () => {
    // What follows the log behind publishing has come to its end.
    const quiet = async () => (await readMetrics(server)).value("belfry_writer_backlog");
    await expect.poll(quiet).toBe(0);
    const { value, types } = await readMetrics(server);
    for (const name of ["catching_up", "stalled", "max_lag", "queued_bytes"])
      expect(value(`belfry_readers_${name}`)).toBe(0);
    for (const reason of ["client", "shutdown", "stalled", "failed", "expired"]) {
      expect(value("belfry_streams_closed_total", { reason })).toBeGreaterThanOrEqual(0);
    }
    expect(value("belfry_ephemeral_dropped_total")).toBe(0);
    expect(value("belfry_channels")).toBe(1);
    expect(value("belfry_wal_bytes")).toBeGreaterThan(0);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(10e6);
    expect(value("nodejs_heap_size_used_bytes")).toBeGreaterThan(1e6);
    expect(types.get("nodejs_eventloop_lag_p99_seconds")).toBe("gauge");
    for (const name of ["publish_to_written_seconds", "commit_seconds", "commit_size"]) {
      expect(types.get(`belfry_${name}`)).toBe("histogram");
    }
  });
});

/** The figures that both tell of. */
function compare({ value }: MetricsPage, stats: Statistics): void {
  expect({
    live: value("belfry_readers_live"),
    catchingUp: value("belfry_readers_catching_up"),
    stalled: value("belfry_readers_stalled"),
    maxLag: value("belfry_readers_max_lag"),
    queuedBytes: value("belfry_readers_queued_bytes"),
    opened: value("belfry_streams_opened_total"),
    published: value("belfry_notifications_published_total"),
    deliveries: value("belfry_deliveries_total"),
    replayed: value("belfry_replayed_total"),
    gaps: value("belfry_gaps_total"),
    ephemeral: value("belfry_ephemeral_published_total"),
    dropped: value("belfry_ephemeral_dropped_total"),
    head: value("belfry_log_head"),
    channels: value("belfry_channels"),
    walBytes: value("belfry_wal_bytes"),
    closedBy: Object.fromEntries(
      Object.keys(stats.closedBy).map((reason) => [reason, value("belfry_streams_closed_total", { reason })]),
    ),
    connections: Object.fromEntries(
      Object.keys(stats.connections).map((transport) => [transport, value("belfry_connections", { transport })]),
    ),
  }).toEqual({
    live: stats.readers.live,
    catchingUp: stats.readers.catchingUp,
    stalled: stats.readers.stalled,
    maxLag: stats.readers.maxLag,
    queuedBytes: stats.readers.queuedBytes,
    opened: stats.streamsOpened,
    published: stats.published,
    deliveries: stats.deliveries,
    replayed: stats.replayed,
    gaps: stats.gaps,
    ephemeral: stats.ephemeral,
    dropped: stats.dropped,
    head: stats.head,
    channels: stats.channels,
    walBytes: stats.walBytes,
    closedBy: stats.closedBy,
    connections: stats.connections,
  });
  expect(stats.streamsClosed).toBe(Object.values(stats.closedBy).reduce((sum, count) => sum + count, 0));
}

describe("stats", () => {
  test("`current` agrees with /metrics", async () => {
    using stream = await open(PLAIN);
    await readTo(stream, '"clientId"');
    await server.publish({ message: "agree" });
    await readTo(stream, "agree");
    // What follows the log behind publishing writes too.
    await vi.waitFor(async () => compare(await readMetrics(server), await readStats(server)));
    const stats = await readStats(server);
    expect(stats.commits).toBeGreaterThan(0);
    expect(stats.commitMs).toBeGreaterThan(0);
    expect(stats.memory).toBeGreaterThan(10e6);
    const { p50, p99, max } = stats.eventLoopDelay;
    expect(p50).toBeGreaterThanOrEqual(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(max).toBeGreaterThanOrEqual(p99);
  });

  test("`watch` gives the numbers now and again, and agrees too", async () => {
    using hub = createHub({ url: server.url, token: TOKEN });
    using stream = await open(TYPED);
    await readTo(stream, '"clientId"');
    const readings: Statistics[] = [];
    const errors: unknown[] = [];
    const watching = hub.trpc.stats.watch.subscribe(
      { every: 1 },
      { onData: (reading) => readings.push(reading), onError: (error) => errors.push(error) },
    );
    await expect.poll(() => readings.length, { timeout: 5_000 }).toBe(1);
    const { published } = readings[0] ?? { published: 0 };
    await server.publish({ message: "watched" });
    await readTo(stream, "watched");
    await expect.poll(() => readings.at(-1)?.published, { timeout: 10_000 }).toBe(published + 1);
    await vi.waitFor(async () => compare(await readMetrics(server), readings.at(-1) as Statistics), {
      timeout: 10_000,
    });
    watching.unsubscribe();
    expect(errors).toEqual([]);
  });

  test("are for admins only", async () => {
    const none = { headers: { authorization: "" } };
    expect((await server.query("stats.current", undefined, none)).status).toBe(401);
    using watch = await openSse(`${server.url}/trpc/stats.watch`);
    expect(await watch.ended).toMatch(/"UNAUTHORIZED"/);
    expect(watch.text).not.toContain("streamsOpened");
  });
});
