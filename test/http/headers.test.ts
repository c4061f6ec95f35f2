/** Which headers every answer has, whatever it is. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse } from "../_sse.ts";

const ADMIN = { authorization: `Bearer ${TOKEN}` };
const EVENT_SOURCE = { accept: "text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };

interface Case {
  readonly status: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const STREAMS: Readonly<Record<string, Case>> = {
  "a plain stream": { status: 200, path: "/api/notifications/stream", headers: ADMIN },
  "a typed stream": { status: 200, path: "/trpc/notifications.subscribe", headers: ADMIN },
  "tRPC's own stream": { status: 200, path: "/trpc/notifications%2Esubscribe", headers: ADMIN },
  "a stream of statistics": { status: 200, path: "/trpc/stats.watch", headers: ADMIN },
  "a refused plain stream": { status: 401, path: "/api/notifications/stream" },
  "a plain stream with a wrong cursor": {
    status: 400,
    path: "/api/notifications/stream?lastEventId=x",
    headers: ADMIN,
  },
  "a refused typed stream": { status: 200, path: "/trpc/notifications.subscribe" },
  "a refused stream of tRPC's own": { status: 200, path: "/trpc/notifications%2Esubscribe" },
  "a typed stream with broken input": { status: 200, path: "/trpc/notifications.subscribe?input=%7B", headers: ADMIN },
};

const ANSWERS: Readonly<Record<string, Case>> = {
  "a publish": { status: 201, path: "/api/notifications", method: "POST", headers: ADMIN, body: "m" },
  "a refused publish": { status: 401, path: "/api/notifications", method: "POST", body: "m" },
  "a typed publish": {
    status: 200,
    path: "/trpc/notifications.publish",
    method: "POST",
    headers: { ...ADMIN, ...JSON_TYPE },
    body: '{"message":"m"}',
  },
  "a list": { status: 200, path: "/api/notifications", headers: ADMIN },
  "no route": { status: 404, path: "/api/nowhere" },
  "no procedure": { status: 404, path: "/trpc/nowhere" },
  "/healthz": { status: 200, path: "/healthz" },
  "/readyz": { status: 200, path: "/readyz" },
  "/metrics": { status: 200, path: "/metrics", headers: ADMIN },
  "/metrics for nobody": { status: 401, path: "/metrics" },
};

const PAGE: Readonly<Record<string, Case>> = {
  "the page": { status: 200, path: "/" },
  "no file of the page": { status: 404, path: "/assets/nothing.js" },
  "a preflight": {
    status: 204,
    path: "/api/notifications",
    method: "OPTIONS",
    headers: { origin: "https://app.example.com" },
  },
  "a refused origin": {
    status: 403,
    path: "/api/notifications",
    method: "POST",
    headers: { origin: "https://evil.example.com" },
  },
};

let plain: TestServer;
let secure: TestServer;
let full: TestServer;
beforeAll(async () => {
  [plain, secure, full] = await Promise.all([
    startTestServer(),
    startTestServer({ env: { BELFRY_PUBLIC_URL: "https://hub.example.com" } }),
    startTestServer({ env: { BELFRY_STREAM_OPEN_RATE: "1", BELFRY_PUBLIC_URL: "https://hub.example.com" } }),
  ]);
  using _ = await openSse(`${full.url}/api/notifications/stream`, { headers: ADMIN });
});
afterAll(() => Promise.all([plain, secure, full].map((server) => server[Symbol.asyncDispose]())));

/** The head of an answer. */
async function head(server: TestServer, { path, method = "GET", headers = {}, body }: Case) {
  const response = await fetch(server.url + path, { method, headers, ...(body && { body }) });
  const { status, headers: answered } = response;
  await response.body?.cancel();
  return { status, headers: Object.fromEntries(answered) };
}

test.each(Object.entries({ ...STREAMS, ...ANSWERS }))(
  "%s is kept by no cache and taken for nothing else",
  async (_, each) => {
    const { status, headers } = await head(plain, each);
    expect(status).toBe(each.status);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["cache-control"]?.split(", ")).toContain("no-store");
    expect(headers["cache-control"]).not.toContain("no-cache");
    expect(headers, "over http").not.toHaveProperty("strict-transport-security");
  },
);

describe("with an https BELFRY_PUBLIC_URL", () => {
  test.each(Object.entries({ ...STREAMS, ...ANSWERS, ...PAGE }))(
    "%s says for a year that only https may be used",
    async (_, each) => {
      const { status, headers } = await head(secure, each);
      // The page may not be built.
      expect(each.path === "/" ? [200, 503] : [each.status]).toContain(status);
      expect(headers["strict-transport-security"]).toBe("max-age=31536000");
    },
  );

  test.each([
    ["a plain client", "/api/notifications/stream", ADMIN, 429],
    ["an EventSource", "/api/notifications/stream", { ...ADMIN, ...EVENT_SOURCE }, 200],
    ["a typed client", "/trpc/notifications.subscribe", ADMIN, 200],
  ])("a stream too many is refused to %s with all of these headers", async (_, path, headers, status) => {
    const refused = await head(full, { status, path, headers });
    expect(refused).toMatchObject({
      status,
      headers: {
        "cache-control": expect.stringContaining("no-store"),
        "x-content-type-options": "nosniff",
        "strict-transport-security": "max-age=31536000",
        "retry-after": expect.stringMatching(/^\d+$/),
      },
    });
  });
});
