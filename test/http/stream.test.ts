import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notification } from "../../server/rules/notification.ts";
import { createClock } from "../_clock.ts";
import { openTestLog } from "../_log.ts";
import { makeUser } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse, type SseStream } from "../_sse.ts";

const PATH = "/api/notifications/stream";
const PAGE = "https://app.example.com";
const AUTH = { authorization: `Bearer ${TOKEN}` };

const clock = createClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    now: clock.now,
    channels: ["orders", "alerts"],
    env: { BELFRY_HEARTBEAT: "0.1", BELFRY_ALLOWED_ORIGINS: PAGE },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (query = "", headers: Record<string, string> = {}) =>
  openSse(`${server.url}${PATH}${query}`, { headers: { ...AUTH, ...headers } });

/** The next event that is no heartbeat. */
async function next(stream: SseStream) {
  for (;;) {
    const event = await stream.next();
    if (event.event !== "heartbeat") return event;
  }
}

/** Opens a stream and reads up to `connected`. */
async function follow(query = "", headers: Record<string, string> = {}) {
  const stream = await open(query, headers);
  expect(stream.status).toBe(200);
  await stream.next();
  const connected = await next(stream);
  expect(connected.event).toBe("connected");
  return { stream, connected, epoch: connected.id?.split("-")[0] ?? "" };
}

describe("GET /api/notifications/stream", () => {
  test("answers with the headers that proxies and browsers need", async () => {
    using stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-content-type-options": "nosniff",
      connection: "keep-alive",
      "x-accel-buffering": "no",
    });
    expect(stream.headers).not.toHaveProperty("access-control-allow-origin");
    expect(stream.headers).not.toHaveProperty("content-encoding");
  });

  test("begins with retry, then connected, with who, when and where", async () => {
    const { id } = await server.publish({ message: "before" });
    using stream = await open();
    const [retry, connected] = await stream.take(2);
    expect(retry?.text).toBe("retry: 3000");
    expect(connected?.event).toBe("connected");
    expect(JSON.parse(connected?.data ?? "")).toMatchObject({
      clientId: expect.stringMatching(/./),
      timestamp: new Date(clock.now()).toISOString(),
      head: id,
    });
    expect(connected?.id).toMatch(new RegExp(`^[a-z0-9]{8}-${id}$`));
  });

  test("names every connection differently", async () => {
    const [a, b] = await Promise.all([follow(), follow()]);
    const clientId = ({ connected }: typeof a) => (JSON.parse(connected.data) as { clientId: string }).clientId;
    expect(clientId(a)).not.toBe(clientId(b));
    a.stream[Symbol.dispose]();
    b.stream[Symbol.dispose]();
  });

  test("gives a message for people as id, event and data, with notificationType for toasts", async () => {
    const { stream } = await follow();
    using _ = stream;
    const stored = await server.publish({
      channel: "orders",
      severity: "critical",
      title: "Down",
      message: "line 1\nline 2\r\n\u2028🔔",
      duration: 8_000,
      data: { host: "db1" },
    });
    const event = await next(stream);
    const data = JSON.stringify({ ...stored, notificationType: "error" });
    expect(event.text).toBe(`id: ${stored.cursor}\nevent: notification\ndata: ${data}`);
    expect(JSON.parse(event.data)).toMatchObject({
      type: "notification",
      severity: "critical",
      notificationType: "error",
      title: "Down",
      message: "line 1\nline 2\r\n\u2028🔔",
      duration: 8_000,
      data: { host: "db1" },
      timestamp: new Date(clock.now()).toISOString(),
      read: false,
    });
  });

  test.each([
    ["info", "info"],
    ["success", "success"],
    ["warning", "warning"],
    ["error", "error"],
    ["critical", "error"],
  ])("shows severity %s to toast code as %s", async (severity, notificationType) => {
    const { stream } = await follow();
    using _ = stream;
    await server.publish({ severity, message: "m" });
    expect(JSON.parse((await next(stream)).data)).toMatchObject({ severity, notificationType });
  });

  test.each<[string, unknown, unknown]>([
    ["an object", { percent: 5, of: [1] }, { type: "progress", percent: 5, of: [1] }],
    ["an object with a type of its own", { type: "mine", x: 1 }, { type: "mine", x: 1 }],
    ["an object that only mentions type inside", { inner: { type: "x" } }, { type: "progress", inner: { type: "x" } }],
    ["nothing", undefined, { type: "progress" }],
    ["an empty object", {}, { type: "progress" }],
    ["a list", [1, 2], { type: "progress", data: [1, 2] }],
    ["a text", "5 %", { type: "progress", data: "5 %" }],
    ["null", null, { type: "progress", data: null }],
  ])("gives a signal its publisher's data as it is, plus type: %s", async (_, data, expected) => {
    const { stream } = await follow();
    using _stream = stream;
    const { cursor } = await server.publish({ event: "progress", ...(data !== undefined && { data }) });
    const event = await next(stream);
    expect(event.event).toBe("progress");
    expect(event.id).toBe(cursor);
    expect(JSON.parse(event.data)).toEqual(expected);
  });

  test.each<[string, unknown, unknown]>([
    ["an object", { amount: 5 }, { type: "billing", amount: 5 }],
    ["an object with a type of its own", { type: "mine" }, { type: "mine" }],
    ["nothing", undefined, { type: "billing" }],
    ["a list", [1], { type: "billing", data: [1] }],
  ])("gives a signal the type that its publisher named, and finds it by that: %s", async (_, data, expected) => {
    const { stream } = await follow("?types=billing");
    using _stream = stream;
    await server.publish({ event: "billing", type: "other" });
    const { cursor } = await server.publish({ event: "order", type: "billing", ...(data !== undefined && { data }) });
    const event = await next(stream);
    expect(event).toMatchObject({ id: cursor, event: "order" });
    expect(JSON.parse(event.data)).toEqual(expected);
  });

  test("gives only the channels asked for, of several at once", async () => {
    const { stream } = await follow("?channels=orders,alerts");
    using _ = stream;
    await server.publish({ channel: "general", message: "not this" });
    const wanted = [
      await server.publish({ channel: "alerts", message: "1" }),
      await server.publish({ channel: "orders", message: "2" }),
    ];
    expect([(await next(stream)).id, (await next(stream)).id]).toEqual(wanted.map(({ cursor }) => cursor));
    expect(stream.text).not.toContain("not this");
  });

  test("filters by type and severity", async () => {
    const { stream } = await follow("?types=a,b&minSeverity=warning");
    using _ = stream;
    await server.publish({ type: "a", message: "too mild" });
    await server.publish({ type: "c", severity: "error", message: "another type" });
    const { cursor } = await server.publish({ type: "b", severity: "warning", message: "this" });
    expect((await next(stream)).id).toBe(cursor);
    expect(stream.text).not.toMatch(/too mild|another type/);
  });

  test("never shows a token what is addressed to a person", async () => {
    const { stream, connected } = await follow();
    using _ = stream;
    await server.publish({ message: "for ann only", to: ["ann"] });
    const { cursor } = await server.publish({ message: "for all" });
    expect((await next(stream)).id).toBe(cursor);
    const { stream: resumed } = await follow("", { "last-event-id": connected.id ?? "" });
    using _resumed = resumed;
    expect((await next(resumed)).id).toBe(cursor);
    expect(stream.text + resumed.text).not.toContain("for ann only");
  });

  test("says every heartbeat that it is there, without an id, so that the cursor stays", async () => {
    using stream = await open();
    const events = await stream.take(5);
    const beats = events.filter(({ event }) => event === "heartbeat");
    expect(beats).toHaveLength(3);
    for (const beat of beats) {
      expect(beat.id).toBeUndefined();
      expect(JSON.parse(beat.data)).toEqual({});
    }
  });
});

describe("GET /api/notifications/stream resumes", () => {
  let stored: Notification[];
  beforeAll(async () => {
    stored = [];
    for (let n = 0; n < 6; n += 1) stored.push(await server.publish({ channel: "orders", message: `resume ${n}` }));
  });
  const at = (index: number) => stored[index] as Notification;

  test("after the header's cursor, with exactly what was missed, then what comes", async () => {
    const { stream } = await follow("?channels=orders", { "last-event-id": at(2).cursor });
    using _ = stream;
    for (const missed of stored.slice(3)) expect((await next(stream)).id).toBe(missed.cursor);
    const live = await server.publish({ channel: "orders", message: "live" });
    expect((await next(stream)).id).toBe(live.cursor);
    stored.push(live);
  });

  test("after the query's cursor, for clients that cannot set headers", async () => {
    const { stream } = await follow(`?channels=orders&lastEventId=${at(4).cursor}`);
    using _ = stream;
    expect((await next(stream)).id).toBe(at(5).cursor);
  });

  test("after the header's cursor when the query has one too: an EventSource keeps its old URL", async () => {
    const { stream } = await follow(`?channels=orders&lastEventId=${at(0).cursor}`, { "last-event-id": at(4).cursor });
    using _ = stream;
    expect((await next(stream)).id).toBe(at(5).cursor);
  });

  test("after a bare id, and from the very beginning after 0", async () => {
    const { stream } = await follow(`?channels=orders&lastEventId=${at(4).id}`);
    using _ = stream;
    expect((await next(stream)).id).toBe(at(5).cursor);
    const { stream: all } = await follow("?channels=orders&lastEventId=0");
    using _all = all;
    const first = JSON.parse((await next(all)).data) as Notification;
    const page = (await (await server.fetch("/api/notifications?channels=orders&limit=500")).json()) as {
      items: Notification[];
    };
    expect(first.id).toBe(page.items.at(-1)?.id);
  });

  test("from the id of `connected`, so that a cut before the first notification loses nothing", async () => {
    const { stream, connected } = await follow("?channels=orders");
    stream[Symbol.dispose]();
    const missed = await server.publish({ channel: "orders", message: "missed" });
    const { stream: resumed } = await follow("?channels=orders", { "last-event-id": connected.id ?? "" });
    using _ = resumed;
    expect((await next(resumed)).id).toBe(missed.cursor);
  });

  test("gives a gap for a cursor of another database, then what comes", async () => {
    const { stream, epoch } = await follow("", { "last-event-id": "otherdb1-3" });
    using _ = stream;
    const gap = await next(stream);
    const head = server.storedIds().at(-1) ?? 0;
    expect(gap.event).toBe("gap");
    expect(gap.id).toBe(`${epoch}-${head}`);
    expect(JSON.parse(gap.data)).toEqual({
      reason: "epoch",
      after: "otherdb1-3",
      resumed: `${epoch}-${head}`,
      oldest: 1,
      head,
    });
    const { cursor } = await server.publish({ message: "after the gap" });
    expect((await next(stream)).id).toBe(cursor);
  });

  test("gives a gap for a cursor ahead of the log", async () => {
    const { stream } = await follow("", { "last-event-id": "999999999" });
    using _ = stream;
    const gap = await next(stream);
    expect(gap.event).toBe("gap");
    expect(JSON.parse(gap.data)).toMatchObject({ reason: "ahead", after: "999999999" });
    const { cursor } = await server.publish({ message: "after the gap" });
    expect((await next(stream)).id).toBe(cursor);
  });

  test("gives no gap to a cursor at the head", async () => {
    const { cursor } = await server.publish({ message: "head" });
    const { stream } = await follow("", { "last-event-id": cursor });
    using _ = stream;
    const live = await server.publish({ message: "live" });
    expect((await next(stream)).id).toBe(live.cursor);
    expect(stream.text).not.toContain("event: gap");
  });
});

test("a stream that resumes before what was trimmed is given a gap, then the oldest kept", async () => {
  const first = await startTestServer();
  const { folder } = first;
  const kept: Notification[] = [];
  try {
    for (let n = 0; n < 5; n += 1) kept.push(await first.publish({ message: `m${n}` }));
  } finally {
    await first.running[Symbol.asyncDispose]();
  }
  {
    await using open = await openTestLog(folder);
    await open.log.trim(3);
  }
  const second = await startTestServer({ folder });
  try {
    using stream = await openSse(`${second.url}${PATH}?lastEventId=1`, { headers: AUTH });
    const [, , gap, ...rest] = await stream.take(5);
    expect(gap?.event).toBe("gap");
    expect(JSON.parse(gap?.data ?? "")).toMatchObject({ reason: "trimmed", oldest: 4, head: 5 });
    expect(gap?.id).toBe(kept[2]?.cursor);
    expect(rest.map(({ id }) => id)).toEqual(kept.slice(3).map(({ cursor }) => cursor));
    // A cursor at the edge has lost nothing.
    using edge = await openSse(`${second.url}${PATH}?lastEventId=3`, { headers: AUTH });
    const [, , after] = await edge.take(3);
    expect(after?.id).toBe(kept[3]?.cursor);
  } finally {
    await second[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
  }
});

describe("GET /api/notifications/stream refuses, as JSON and before any byte of a stream,", () => {
  interface Case {
    readonly query?: string;
    readonly headers?: Record<string, string>;
    readonly status: number;
    readonly code: string;
    readonly words?: readonly string[];
  }
  const cases: Record<string, Case> = {
    "no credential": { status: 401, code: "UNAUTHORIZED", words: ["no valid credential"] },
    "a wrong token": { headers: { authorization: "Bearer bf_wrong-wrong" }, status: 401, code: "UNAUTHORIZED" },
    "a wrong token in the query": { query: "?token=bf_wrong-wrong", status: 401, code: "UNAUTHORIZED" },
    "a wrong token beside a right one in the query": {
      query: `?token=${TOKEN}`,
      headers: { authorization: "Bearer bf_wrong-wrong" },
      status: 401,
      code: "UNAUTHORIZED",
    },
    "a wrong cookie": { headers: { cookie: "belfry_session=wrong-wrong" }, status: 401, code: "UNAUTHORIZED" },
    "an unknown channel": {
      query: "?channels=orders,nowhere",
      headers: AUTH,
      status: 404,
      code: "NOT_FOUND",
      words: ['"nowhere"'],
    },
    "a cursor that is none": {
      headers: { ...AUTH, "last-event-id": "yesterday" },
      status: 400,
      code: "BAD_REQUEST",
      words: ["lastEventId", "yesterday"],
    },
    "a cursor in the query that is none": {
      query: "?lastEventId=-1",
      headers: AUTH,
      status: 400,
      code: "BAD_REQUEST",
      words: ["lastEventId", "-1"],
    },
    "a channel that cannot be": { query: "?channels=a/b", headers: AUTH, status: 400, code: "BAD_REQUEST" },
    "no channel in the list": { query: "?channels=", headers: AUTH, status: 400, code: "BAD_REQUEST" },
    "a bad severity": {
      query: "?minSeverity=loud",
      headers: AUTH,
      status: 400,
      code: "BAD_REQUEST",
      words: ["minSeverity", "loud"],
    },
    "an unknown parameter": {
      query: "?chanels=orders",
      headers: AUTH,
      status: 400,
      code: "BAD_REQUEST",
      words: ["chanels"],
    },
  };
  test.each(Object.entries(cases))("%s", async (_, { query = "", headers = {}, status, code, words = [] }) => {
    using stream = await openSse(`${server.url}${PATH}${query}`, { headers });
    const text = await stream.ended;
    expect(stream.status).toBe(status);
    expect(stream.headers["content-type"]).toMatch(/^application\/json/);
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    for (const word of words) expect(error.message).toContain(word);
    expect(text).not.toContain("wrong-wrong");
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain("event:");
  });

  test("a member without a grant", async () => {
    await server.createChannel("vault");
    const everyone = { channel: "vault", permission: "read", audience: "everyone" };
    expect((await server.mutate("channels.revoke", everyone)).status).toBe(200);
    const headers = await makeUser(server, AUTH, { id: "ann" });
    const secret = headers["cookie"]?.split("=")[1];
    using stream = await openSse(`${server.url}${PATH}?channels=vault`, { headers });
    const text = await stream.ended;
    expect(stream.status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "FORBIDDEN" } });
    expect(text).not.toContain(secret);
    const published = await fetch(`${server.url}/api/notifications`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: '{"channel":"vault","message":"m"}',
    });
    expect(published.status).toBe(403);
  });
});

test("a token in the query opens a stream, and stands in no log and no answer", async () => {
  using stream = await openSse(`${server.url}${PATH}?token=${TOKEN}&channels=orders`);
  expect(stream.status).toBe(200);
  const { cursor } = await server.publish({ channel: "orders", message: "by query" });
  await stream.next();
  await next(stream);
  expect((await next(stream)).id).toBe(cursor);
  expect(stream.text).not.toContain(TOKEN);
  // A refusal and a failure are what a log might repeat the address of.
  using refused = await openSse(`${server.url}${PATH}?token=${TOKEN}&channels=nowhere`);
  expect(await refused.ended).not.toContain(TOKEN);
  expect(server.logs.join("")).not.toContain(TOKEN);
});

test("pages of a configured origin may read the stream and its refusals; others may not", async () => {
  using own = await open("", { origin: PAGE });
  expect(own.headers).toMatchObject({
    "access-control-allow-origin": PAGE,
    "access-control-allow-credentials": "true",
    vary: expect.stringMatching(/origin/i),
  });
  using refused = await openSse(`${server.url}${PATH}`, { headers: { origin: PAGE } });
  expect(refused.status).toBe(401);
  expect(refused.headers["access-control-allow-origin"]).toBe(PAGE);
  for (const origin of ["https://evil.example.com", `${PAGE}.evil.com`, "null", "http://app.example.com"]) {
    using foreign = await open("", { origin });
    expect(foreign.headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("a client of HTTP/1.0 gets a body without chunks", async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("latin1");
  const written = `GET ${PATH}?channels=alerts HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  let text = "";
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (pattern.test(text)) resolve();
      };
      socket.on("data", (chunk) => {
        text += String(chunk);
        check();
      });
      socket.on("close", () => reject(new Error(`closed after: ${text}`)));
      check();
    });
  socket.write(written);
  await until(/event: connected\n.*\n\n/s);
  const { cursor } = await server.publish({ channel: "alerts", message: "bare" });
  await until(new RegExp(`id: ${cursor}\nevent: notification\ndata: .*\n\n`));
  socket.destroy();
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s);
  expect(head).toMatch(/^HTTP\/1\.[01] 200 /);
  expect(head.toLowerCase()).not.toContain("transfer-encoding");
  expect(body).not.toContain("\r");
  expect(body.startsWith("retry: 3000\n\n")).toBe(true);
});

test("a thousand notifications of several channels arrive once and in order at every reader", async () => {
  const queries = ["", "?channels=orders", "?channels=alerts", "?channels=alerts,orders"];
  const readers = await Promise.all(queries.map((query) => follow(query)));
  const stored = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => server.publish({ channel: n % 3 ? "orders" : "alerts", message: `${n}` })),
  );
  stored.sort((a, b) => a.id - b.id);
  for (const [index, { stream }] of readers.entries()) {
    const channels = /channels=(.*)/.exec(queries[index] ?? "")?.[1]?.split(",");
    const wanted = stored.filter(({ channel }) => !channels || channels.includes(channel));
    const ids: (string | undefined)[] = [];
    while (ids.length < wanted.length) ids.push((await next(stream)).id);
    expect(ids).toEqual(wanted.map(({ cursor }) => cursor));
    stream[Symbol.dispose]();
  }
});
