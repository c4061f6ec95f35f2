import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notification } from "../../server/rules/notification.ts";
import { createClock } from "../_clock.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse, type SseStream } from "../_sse.ts";

/** Answered by our transport. */
const OURS = "/trpc/notifications.subscribe";
/** The same procedure of the same server by a path that our transport leaves to tRPC's own fetch handler. */
const THEIRS = "/trpc/notifications%2Esubscribe";

const AUTH = { authorization: `Bearer ${TOKEN}` };
const clock = createClock();
let server: TestServer;
let stored: Notification[];
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["orders", "alerts"] });
  stored = [];
  const drafts = [
    { message: "plain" },
    {
      channel: "orders",
      type: "order.created",
      severity: "success",
      title: "Order",
      message: "line\nbreak\r\n\u2028🔔",
    },
    {
      channel: "alerts",
      severity: "critical",
      message: "down",
      data: { 2: "b", 1: "a", x: [null, 1e21, -0.5, "\u007f"] },
    },
    { channel: "orders", event: "progress", data: { percent: 5, '","data":': ["\ud800", "\u0000"] } },
    { message: "to ann", to: "ann" },
    { channel: "orders", message: "to all", tags: ["a"], actions: [{ label: "Open", url: "https://example.com" }] },
  ];
  for (const draft of drafts) stored.push(await server.publish(draft));
});
afterAll(() => server[Symbol.asyncDispose]());

interface Case {
  readonly input?: unknown;
  /** Instead of `input`, as it is. */
  readonly rawInput?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

async function open(path: string, { input, rawInput, query, headers = AUTH }: Case): Promise<SseStream> {
  const params = new URLSearchParams(query);
  if (input !== undefined) params.set("input", JSON.stringify(input));
  if (rawInput !== undefined) params.set("input", rawInput);
  const search = params.size > 0 ? `?${params}` : "";
  return await openSse(`${server.url}${path}${search}`, { headers });
}

/** Without what differs by nature: the connection's name, and pings, whose moment is free (see the last test). */
const normalise = (text: string) =>
  text.replaceAll(/"clientId":"[^"]*"/g, '"clientId":"?"').replaceAll("event: ping\ndata: \n\n\n", "");

/** Headers that proxies and clients see, but for the date. */
const headersOf = ({ headers: { date: _, ...headers }, status }: SseStream) => ({ status, ...headers });

const cursor = (index: number) => stored[index]?.cursor ?? "";

describe("a typed stream has the bytes of tRPC's own handler", () => {
  const streams: Record<string, () => Case> = {
    "from the head": () => ({}),
    "from the head with an empty input": () => ({ input: {} }),
    "after a cursor": () => ({ input: { lastEventId: cursor(0) } }),
    "after a bare id": () => ({ input: { lastEventId: "1" } }),
    "after null": () => ({ input: { lastEventId: null } }),
    "after the beginning": () => ({ input: { lastEventId: "0" } }),
    "for channels": () => ({ input: { channels: ["orders", "alerts"], lastEventId: "0" } }),
    "for types": () => ({ input: { types: ["order.created", "progress"], lastEventId: "0" } }),
    "from a severity on": () => ({ input: { minSeverity: "warning", lastEventId: "0" } }),
    "with the header's cursor before the query's and the input's": () => ({
      input: { lastEventId: cursor(0) },
      query: { lastEventId: cursor(1) },
      headers: { ...AUTH, "last-event-id": cursor(3) },
    }),
    "with the query's cursor before the input's": () => ({
      input: { lastEventId: cursor(0) },
      query: { lastEventId: cursor(2) },
    }),
    "with the query's other name for the cursor": () => ({ query: { "Last-Event-Id": cursor(2) } }),
    "with both names for the cursor": () => ({ query: { "Last-Event-Id": cursor(1), lastEventId: cursor(2) } }),
    "with the header's cursor and no input": () => ({ headers: { ...AUTH, "last-event-id": cursor(2) } }),
    "with an empty header and a cursor in the query": () => ({
      query: { lastEventId: cursor(2) },
      headers: { ...AUTH, "last-event-id": "" },
    }),
    "with an empty cursor in the query": () => ({ input: {}, query: { lastEventId: "" } }),
    "after a cursor of another database": () => ({ input: { lastEventId: "otherdb1-2" } }),
    "after a cursor ahead of the log": () => ({ input: { lastEventId: "999999" } }),
    "with a token in connectionParams": () => ({
      headers: {},
      query: { connectionParams: JSON.stringify({ token: TOKEN }) },
      input: { lastEventId: "0" },
    }),
    "with the right token in connectionParams and a wrong one in the header": () => ({
      headers: { authorization: "Bearer bf_wrong" },
      query: { connectionParams: JSON.stringify({ token: TOKEN }) },
    }),
    "with connectionParams that hold no token": () => ({ query: { connectionParams: '{"other":"x"}' } }),
    "with connectionParams of null": () => ({ query: { connectionParams: "null" } }),
  };
  test.each(Object.entries(streams))("%s: history, then what comes", async (_, makeCase) => {
    const each = makeCase();
    using ours = await open(OURS, each);
    using theirs = await open(THEIRS, each);
    expect(headersOf(ours)).toEqual(headersOf(theirs));
    expect(ours.headers["content-type"]).toBe("text/event-stream");
    const live = await server.publish({
      channel: "orders",
      type: "progress",
      severity: "critical",
      message: "live",
      data: { b: 1 },
    });
    for (const stream of [ours, theirs]) {
      for (let id: string | undefined; id !== live.cursor; ) ({ id } = await stream.next());
    }
    expect(normalise(ours.text)).toBe(normalise(theirs.text));
    expect(ours.text).toContain('"clientId":"');
    expect(ours.text).not.toContain("to ann");
    stored.push(live);
  });

  const refusals: Record<string, Case> = {
    "no credential": { headers: {} },
    "a wrong token": { headers: { authorization: "Bearer bf_wrong-wrong" } },
    "a wrong cookie": { headers: { cookie: "belfry_session=wrong-wrong" } },
    "a wrong token in connectionParams": {
      headers: {},
      query: { connectionParams: '{"token":"bf_wrong-wrong"}' },
    },
    "a wrong token in connectionParams beside a right one in the header": {
      query: { connectionParams: '{"token":"bf_wrong-wrong"}' },
    },
    "an empty token in connectionParams": { headers: {}, query: { connectionParams: '{"token":""}' } },
    "an unknown channel": { input: { channels: ["orders", "nowhere"] } },
    "a channel that cannot be": { input: { channels: ["a/b"] } },
    "no channel in the list": { input: { channels: [] } },
    "channels that are a text": { input: { channels: "orders" } },
    "a bad severity": { input: { minSeverity: "loud" } },
    "a cursor that is none": { input: { lastEventId: "yesterday" } },
    "a cursor in the header that is none": { headers: { ...AUTH, "last-event-id": "yesterday" } },
    "a cursor that is a number": { input: { lastEventId: 7 } },
    "an unknown field": { input: { chanels: ["orders"] } },
    "several faults": { input: { channels: [7], types: ["a b"], minSeverity: "loud" } },
    "a list as input": { input: [1] },
    "a list as input beside a cursor": { input: [1], headers: { ...AUTH, "last-event-id": "1" } },
    "a text as input": { input: "orders" },
    "a text as input beside a cursor": { input: "orders", query: { lastEventId: "1" } },
    "null as input": { input: null },
    "null as input beside a cursor": { input: null, query: { lastEventId: "1" } },
    "a number as input": { input: 7 },
    "an input that is no JSON": { rawInput: "{channels:" },
    "an empty input": { rawInput: "" },
    "connectionParams that are no JSON": { query: { connectionParams: "{token" } },
    "connectionParams that are a number": { query: { connectionParams: "7" } },
    "connectionParams that are a list": { query: { connectionParams: "[]" } },
    "connectionParams that hold a number": { query: { connectionParams: '{"token":7}' } },
    "empty connectionParams": { query: { connectionParams: "" } },
    "a batch": { query: { batch: "1" }, input: { 0: {} } },
    "__proto__ in the input": { rawInput: '{"__proto__":{"channels":["orders"]}}' },
  };
  test.each(Object.entries(refusals))("when it refuses %s", async (_, each) => {
    using ours = await open(OURS, each);
    using theirs = await open(THEIRS, each);
    // Some of these are accepted; then both are.
    const texts = await Promise.all(
      [ours, theirs].map(async (stream) => {
        let refused: string | null = null;
        void stream.ended.then((text) => {
          refused = text;
        });
        await expect.poll(() => refused !== null || stream.text.includes('"clientId"')).toBe(true);
        return refused === null ? "accepted" : stream.text;
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(headersOf(ours)).toEqual(headersOf(theirs));
    expect(texts[0]).not.toContain("wrong-wrong");
    expect(texts[0]).not.toContain(TOKEN);
    expect(texts[0]).not.toMatch(/node_modules|\.ts:|"stack"/);
  });
});

test("an idle typed stream has the pings of tRPC's own handler, and no `return` when the server stops", async () => {
  const other = await startTestServer({ env: { BELFRY_HEARTBEAT: "0.1" } });
  let closed: PromiseLike<void> | undefined;
  try {
    using ours = await openSse(`${other.url}${OURS}`, { headers: AUTH });
    using theirs = await openSse(`${other.url}${THEIRS}`, { headers: AUTH });
    const [mine, own] = await Promise.all(
      [ours, theirs].map(async (stream) => {
        for (;;) {
          const event = await stream.next();
          if (event.event === "ping") return event;
        }
      }),
    );
    expect(mine).toEqual(own);
    expect(mine?.id).toBeUndefined();
    const raw = (text: string) => /event: ping\n.*?\n\n\n/s.exec(text)?.[0];
    expect(raw(ours.text)).toBe(raw(theirs.text));
    closed = other.running[Symbol.asyncDispose]();
    // `return` would tell the client that the hub is done; it has to come back instead.
    expect(await ours.ended).not.toContain("event: return");
  } finally {
    await closed;
    await other[Symbol.asyncDispose]();
  }
});

test("nothing of this file put a token into the log", () => {
  expect(server.logs.join("")).not.toMatch(new RegExp(`${TOKEN}|wrong-wrong`));
});
