import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notification } from "../../server/rules/notification.ts";
import { createHub } from "../../web/client/mod.ts";
import { readMetrics, readStats } from "../_metrics.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseEvent, SseSplitter, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
/** The typed stream by a path that our transport leaves to tRPC's own handler, which iterates it. */
const ITERATED = "/trpc/notifications%2Esubscribe";
const PATHS = [PLAIN, TYPED, ITERATED] as const;
const AUTH = { authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { "content-type": "application/json" };

let server: TestServer;
/** The session of user `admin`. */
let cookie: string;
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders"] });
  cookie = await signInAdmin(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const flash = (draft: object, at = server) =>
  at.fetch("/api/notifications", {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ ...draft, ephemeral: true }),
  });

/** Opens a stream and reads up to its beginning; what it gives after that is in `next`. */
async function follow(path: string, headers: Readonly<Record<string, string>> = AUTH, at = server): Promise<SseStream> {
  const stream = await openSse(at.url + path, { headers });
  for (let event = await stream.next(); !event.data.includes('"clientId"'); ) event = await stream.next();
  // It is written from the head before its reader is live.
  await expect
    .poll(async () => {
      const { open, live } = (await readStats(at)).readers;
      return open - live;
    })
    .toBe(0);
  return stream;
}

/** The next event that is no heartbeat. */
async function next(stream: SseStream): Promise<SseEvent> {
  for (;;) {
    const event = await stream.next();
    if (event.event !== "heartbeat" && event.event !== "ping") return event;
  }
}

const messageOf = ({ data }: SseEvent) => (JSON.parse(data) as Notification).message;

describe("publishing with `ephemeral`", () => {
  test("over REST is answered with 202 and what was delivered, without an id", async () => {
    const response = await flash({ channel: "orders", message: "m", data: { percent: 5 } });
    expect(response.status).toBe(202);
    const answer = (await response.json()) as Record<string, unknown>;
    expect(answer).toMatchObject({
      channel: "orders",
      message: "m",
      data: { percent: 5 },
      ephemeral: true,
      sender: "token:BELFRY_ADMIN_TOKEN",
    });
    for (const name of ["id", "cursor", "read"]) expect(answer).not.toHaveProperty(name);
  });

  test("over tRPC is answered alike", async () => {
    using hub = createHub({ url: server.url, token: TOKEN });
    const answer = await hub.publish({ message: "m", ephemeral: true });
    expect(answer).toMatchObject({ message: "m", ephemeral: true });
    expect(answer).not.toHaveProperty("id");
  });

  test("to a channel that does not exist is refused with 404", async () => {
    const response = await flash({ channel: "nowhere", message: "m" });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: "NOT_FOUND", message: expect.stringContaining('"nowhere"') },
    });
    const typed = await server.mutate("notifications.publish", { channel: "nowhere", message: "m", ephemeral: true });
    expect(typed.status).toBe(404);
  });

  test("is checked as every draft is, and needs a credential", async () => {
    expect((await flash({})).status).toBe(400);
    const body = '{"message":"m","ephemeral":true}';
    const anonymous = await fetch(`${server.url}/api/notifications`, { method: "POST", headers: JSON_TYPE, body });
    expect(anonymous.status).toBe(401);
  });

  test("stores nothing, moves no head, and shows in no history and no replay", async () => {
    const before = await server.publish({ channel: "orders", message: "before" });
    await flash({ channel: "orders", message: "gone" });
    const after = await server.publish({ channel: "orders", message: "after" });
    expect(after.id, "no id was used").toBe(before.id + 1);
    expect(server.storedIds()).not.toContain(after.id + 1);
    const page = await (await server.fetch("/api/notifications?limit=500")).text();
    expect(page).toContain("before");
    expect(page).not.toContain("gone");
    for (const path of PATHS) {
      using stream = await openSse(`${server.url}${path}`, { headers: { ...AUTH, "last-event-id": before.cursor } });
      for (let event = await stream.next(); !event.data.includes("after"); ) event = await stream.next();
      expect(stream.text).not.toContain("gone");
    }
  });
});

describe.each(PATHS)("%s", (path) => {
  test("gives it to whoever is there, in order with what is stored", async () => {
    using stream = await follow(path);
    const sent: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const message = `${path} ${n}`;
      if (n % 3 === 1) await flash({ message });
      else await server.publish({ message });
      sent.push(message);
      // A reader that is iterated takes one thing after the other.
      expect(messageOf(await next(stream))).toBe(message);
    }
  });

  test("resumes after each frame of a mix with exactly what follows", async () => {
    using stream = await follow(path);
    const stored: Notification[] = [];
    const events: SseEvent[] = [];
    for (const kind of "EDEDEEDDE") {
      if (kind === "E") await flash({ message: "ephemeral" });
      else stored.push(await server.publish({ message: "durable" }));
      events.push(await next(stream));
    }
    const [, begin = ""] = /^id: (.*)$/m.exec(stream.text) ?? [];
    let last = begin;
    const idOf = (cursor: string) => Number(cursor.split("-")[1]);
    for (const { data, id } of events) {
      const item = JSON.parse(data) as Partial<Notification>;
      if (item.message === "durable") expect(id).toBe(item.cursor);
      else if (path === PLAIN) expect(id, "a plain frame has no id, so that EventSource keeps its own").toBeUndefined();
      expect(idOf(id ?? last), "never goes backwards").toBeGreaterThanOrEqual(idOf(last));
      last = id ?? last;
      const missed = stored.filter((each) => each.id > idOf(last));
      using resumed = await openSse(server.url + path, { headers: { ...AUTH, "last-event-id": last } });
      const marker = await server.publish({ message: "marker" });
      const ids: (string | undefined)[] = [];
      while (ids.at(-1) !== marker.cursor) {
        const event = await resumed.next();
        if (event.data.startsWith('{"id":')) ids.push(event.id);
      }
      expect(ids.slice(0, missed.length)).toEqual(missed.map(({ cursor }) => cursor));
      expect(ids.slice(missed.length).every((cursor) => idOf(cursor ?? "") > (stored.at(-1)?.id ?? 0))).toBe(true);
      expect(resumed.text).not.toContain('"ephemeral"');
    }
  });

  test("gives one with `to` only to its users", async () => {
    using own = await follow(path, { cookie });
    using other = await follow(path);
    await flash({ message: "for admin", to: "admin" });
    await flash({ message: "for ann", to: ["ann"] });
    await flash({ message: "for both", to: ["ann", "admin"] });
    expect(messageOf(await next(own))).toBe("for admin");
    expect(messageOf(await next(own))).toBe("for both");
    await flash({ message: "for all" });
    expect(messageOf(await next(own))).toBe("for all");
    expect(messageOf(await next(other))).toBe("for all");
    expect(own.text).not.toContain("for ann");
    expect(other.text).not.toMatch(/for (admin|ann|both)/);
  });

  test("gives only those of the channels followed", async () => {
    const search = path === PLAIN ? "?channels=orders" : `?input=${encodeURIComponent('{"channels":["orders"]}')}`;
    using stream = await follow(path + search);
    await flash({ message: "elsewhere" });
    await flash({ channel: "orders", message: "here" });
    expect(messageOf(await next(stream))).toBe("here");
    expect(stream.text).not.toContain("elsewhere");
  });
});

test("the SDK tells it apart, and its cursor stays one to resume from", async () => {
  using hub = createHub({ url: server.url, token: TOKEN });
  const got: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = hub.subscribe(
    {},
    {
      onNotification: ({ message }) => got.push(`stored ${message}`),
      onEphemeral: ({ message, ephemeral }) => got.push(`ephemeral ${message} ${ephemeral}`),
      onConnected: () => resolve(),
    },
  );
  await promise;
  const stored = await hub.publish({ message: "1" });
  await hub.publish({ message: "2", ephemeral: true });
  await expect.poll(() => got).toEqual(["stored 1", "ephemeral 2 true"]);
  expect(subscription.cursor).toBe(stored.cursor);
});

/** Opens a stream and reads nothing of it. */
function openUnread(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers: AUTH }, resolve).on("error", reject).end();
  });
}

test.each([PLAIN, TYPED])(
  "a stalled reader of %s loses it, counted, and gets everything that is stored",
  async (path) => {
    await using own = await startTestServer();
    using quick = await follow(path, AUTH, own);
    const slow = await openUnread(own.url + path);
    const stored: Notification[] = [];
    // More than both ends' kernels hold.
    while ((await readStats(own)).readers.stalled === 0) {
      const drafts = Array.from({ length: 100 }, () => own.publish({ message: "x".repeat(15_000) }));
      stored.push(...(await Promise.all(drafts)));
    }
    expect((await readMetrics(own)).value("belfry_ephemeral_dropped_total")).toBe(0);
    for (const message of ["lost 1", "lost 2", "lost 3"]) expect((await flash({ message }, own)).status).toBe(202);
    await flash({ message: "for ann only", to: "ann" }, own);
    const { value } = await readMetrics(own);
    expect(value("belfry_ephemeral_dropped_total"), "not what was not for it").toBe(3);
    expect(value("belfry_ephemeral_published_total")).toBe(4);
    expect(await readStats(own)).toMatchObject({ ephemeral: 4, dropped: 3, published: stored.length });

    const last = await own.publish({ message: "last" });
    const expected = [...stored.toSorted((a, b) => a.id - b.id), last].map(({ cursor }) => cursor);
    const splitter = new SseSplitter();
    const ids: (string | undefined)[] = [];
    slow.setEncoding("utf8");
    for await (const chunk of slow) {
      for (const { id, data } of splitter.push(String(chunk))) {
        expect(data).not.toContain("lost");
        if (data.startsWith('{"id":')) ids.push(id);
      }
      if (ids.at(-1) === last.cursor) break;
    }
    slow.destroy();
    expect(ids).toEqual(expected);
    while (!quick.text.includes("last")) await quick.next();
    for (const message of ["lost 1", "lost 2", "lost 3"]) expect(quick.text).toContain(message);
  },
);
