import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutate, PASSWORD, query, signIn } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse } from "../_sse.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Sends bytes as they are; answers with everything that comes until the server closes or the body is whole. */
function send(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (text.endsWith("\r\n0\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}

const END = "\r\nHost: x\r\nConnection: close\r\n\r\n";

test.each([
  ["two slashes", `GET // HTTP/1.1${END}`],
  ["two slashes and a bracket", `GET //[ HTTP/1.1${END}`],
  ["a full address that cannot be", `GET http://[ HTTP/1.1${END}`],
  ["a star", `OPTIONS * HTTP/1.1${END}`],
  ["broken percent signs", `GET /api/notifications/stream?channels=%ff%&token=% HTTP/1.1${END}`],
  ["broken percent signs in the path", `GET /%c0%ae%c0%ae/%ff HTTP/1.1${END}`],
  ["a path out of the page's folder", `GET /../../package.json HTTP/1.1${END}`],
  ["an encoded path out of the page's folder", `GET /..%2f..%2fpackage.json HTTP/1.1${END}`],
  ["a NUL in the path", `GET /a%00b HTTP/1.1${END}`],
  ["a strange host", "GET /api/notifications HTTP/1.1\r\nHost: ][/@:#\r\nConnection: close\r\n\r\n"],
  ["no host", "GET /api/notifications HTTP/1.0\r\n\r\n"],
  ["bytes that are no HTTP", "\u0016\u0003\u0001\u0002\u0000\r\n\r\n"],
  ["a typed stream with broken input", `GET /trpc/notifications.subscribe?input=%7B HTTP/1.1${END}`],
  ["a typed stream with odd parameters", `GET /trpc/notifications.subscribe?connectionParams=7 HTTP/1.1${END}`],
])("the server answers or closes, and lives on, after %s", async (_, bytes) => {
  const text = await send(bytes);
  expect(text).not.toMatch(/^HTTP\/1\.1 5\d\d (?!Service)/);
  expect(text).not.toMatch(/node_modules|\.ts:\d|"belfry"/);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test("a request that ends in the middle of its body stores nothing", async () => {
  const { hostname, port } = new URL(server.url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      const head = `POST /api/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
      socket.end(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"message":"half`);
    });
    socket.resume();
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
  expect(await server.publish({ message: "whole" })).toMatchObject({ message: "whole" });
  expect(server.storedIds()).toHaveLength(1);
});

test("a hundred streams that are cut at once leave no reader behind", async () => {
  const { hostname, port } = new URL(server.url);
  const sockets = await Promise.all(
    Array.from(
      { length: 100 },
      () =>
        new Promise<ReturnType<typeof connect>>((resolve) => {
          const socket = connect(Number(port), hostname, () =>
            socket.write(`GET /api/notifications/stream?token=${TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n`),
          );
          socket.once("data", () => resolve(socket));
          socket.on("error", () => undefined);
        }),
    ),
  );
  const readers = async () => {
    const response = await server.query("stats.current");
    return ((await response.json()) as { result: { data: { readers: { open: number } } } }).result.data.readers.open;
  };
  expect(await readers()).toBe(100);
  for (const socket of sockets) socket.resetAndDestroy();
  await expect.poll(readers, { timeout: 3_000 }).toBe(0);
});

test("a request that follows a stream on the same connection puts no byte into the stream", async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("latin1");
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  socket.on("error", () => undefined);
  const publish = `POST /api/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 1\r\n\r\nm`;
  socket.write(`GET /api/notifications/stream?token=${TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await expect.poll(() => text).toContain("event: connected");
  socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${publish}`);
  const { cursor } = await server.publish({ message: "to the stream" });
  const isOver = () => text.includes(`id: ${cursor}\n`) || socket.closed;
  await expect.poll(isOver, { timeout: 3_000 }).toBe(true);
  socket.destroy();
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(text).not.toContain('"status":"ok"');
});

test("a session that a stranger chose is not the one that a sign-in gives", async () => {
  const chosen = { cookie: `belfry_session=${"A".repeat(43)}` };
  const admin = { cookie: await signInAdmin(server) };
  const before = await signIn(server, "admin", chosen);
  const after = await signIn(server, "admin", before);
  expect(new Set([chosen, admin, before, after].map(({ cookie }) => cookie)).size).toBe(4);
  expect((await query(server, "session.list", undefined, chosen)).status).toBe(401);
  expect((await query(server, "session.list", undefined, after)).status).toBe(200);
});

describe("a form or script of another site, with a signed-in browser's cookie,", () => {
  const EVIL = { origin: "https://evil.example.com" };
  const TYPES = [
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json",
  ];
  test.each(TYPES)("changes nothing with a body of type %s", async (type) => {
    const cookie = await signIn(server, "admin");
    const headers = { ...cookie, ...EVIL, "content-type": type };
    const stored = server.storedIds();
    for (const [path, body] of [
      ["/api/notifications", '{"message":"forged"}'],
      ["/api/notifications?message=forged", ""],
      ["/trpc/notifications.publish", '{"message":"forged"}'],
      ["/trpc/notifications.publish?batch=1", '{"0":{"message":"forged"}}'],
      ["/trpc/session.signOut", ""],
      ["/trpc/users.invite", '{"email":"evil@example.com","role":"admin"}'],
    ] as const) {
      const response = await fetch(server.url + path, { method: "POST", headers, body });
      expect(response.status, path).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      await response.body?.cancel();
    }
    expect(server.storedIds()).toEqual(stored);
    expect((await query(server, "session.list", undefined, cookie)).status, "still signed in").toBe(200);
  });

  test("changes nothing with a GET, or another method in disguise", async () => {
    const cookie = await signIn(server, "admin");
    const stored = server.storedIds();
    const input = encodeURIComponent('{"message":"forged"}');
    for (const path of [
      `/trpc/notifications.publish?input=${input}`,
      "/trpc/session.signOut",
      "/api/notifications?message=m",
    ]) {
      const response = await fetch(server.url + path, { headers: { ...cookie, "x-http-method-override": "POST" } });
      await response.body?.cancel();
    }
    expect(server.storedIds()).toEqual(stored);
    expect((await query(server, "session.list", undefined, cookie)).status).toBe(200);
  });
});

test("a token in the URL is in no answer and no log, whatever is wrong with the rest", async () => {
  const wrong = "bf_not-a-token-that-anybody-has-0123456789abc";
  for (const token of [TOKEN, wrong]) {
    const params = encodeURIComponent(JSON.stringify({ token }));
    for (const path of [
      `/api/notifications/stream?token=${token}&channels=nowhere`,
      `/api/notifications/stream?token=${token}&lastEventId=nonsense`,
      `/api/notifications/stream?token=${token}&unknown=1`,
      `/api/notifications?token=${token}`,
      `/api/nowhere?token=${token}`,
      `/trpc/notifications.subscribe?connectionParams=${params}&input=%7B%22channels%22%3A%5B%22nowhere%22%5D%7D`,
      `/trpc/notifications.subscribe?connectionParams=${params}&input=%7B`,
      `/trpc/nowhere?token=${token}`,
      `/trpc/notifications.publish?token=${token}`,
    ]) {
      const response = await fetch(server.url + path);
      const text = await response.text();
      expect(text, path).not.toContain(token);
      expect(JSON.stringify([...response.headers])).not.toContain(token);
    }
  }
  expect((await fetch(`${server.url}/api/notifications?token=${TOKEN}`)).status, "for streams only").not.toBe(200);
  expect(server.logs.join("")).not.toContain(wrong);
});

test("no published field adds a line, an event or a header of its own", async () => {
  const breaks = "x\r\n\r\nevent: forged\ndata: forged\n\nid: 99\u2028\u0000";
  const fields = ["channel", "to", "event", "type", "severity", "title", "message", "format", "link", "icon", "key"];
  using plain = await openSse(`${server.url}/api/notifications/stream?token=${TOKEN}`);
  const params = encodeURIComponent(JSON.stringify({ token: TOKEN }));
  using typed = await openSse(`${server.url}/trpc/notifications.subscribe?connectionParams=${params}`);
  await Promise.all([plain.take(2), typed.take(2)]);
  const drafts = [
    ...fields.map((field) => ({ message: "m", [field]: breaks })),
    {
      message: "m",
      tags: [breaks],
      actions: [{ label: breaks, url: "https://example.com" }],
      data: { [breaks]: breaks },
    },
    { event: "signal", data: breaks },
  ];
  let stored = 0;
  for (const draft of drafts) {
    const response = await server.fetch("/api/notifications", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": "k" },
      body: JSON.stringify(draft),
    });
    expect([201, 400]).toContain(response.status);
    if (response.status === 201) stored += 1;
    expect([...response.headers.keys()]).not.toContain("event");
    await response.body?.cancel();
  }
  expect(stored, "text may hold line breaks").toBeGreaterThanOrEqual(4);
  const { id } = await server.publish({ message: "the last" });
  for (const stream of [plain, typed]) {
    for (;;) {
      const { event, data, id: cursor = "" } = await stream.next();
      expect(["notification", "signal", "message", "heartbeat", "ping"]).toContain(event);
      expect(cursor).not.toBe("99");
      expect(data).not.toMatch(/^forged/);
      if (data.includes(`"id":${id},`)) break;
    }
    expect(stream.text).not.toMatch(/^event: forged|\r/m);
  }
});

test.each(["__proto__", "constructor", "prototype"])(
  "%s in `data`, or anywhere else, is text and nothing more",
  async (key) => {
    const data = `{"${key}":{"polluted":"yes"},"a":{"${key}":{"polluted":"yes"}}}`;
    const post = (body: string, path = "/api/notifications") =>
      server.fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
    const stored = await post(`{"message":"m","data":${data}}`);
    expect(stored.status).toBe(201);
    const { id } = (await stored.json()) as { id: number };
    const got = await server.query("notifications.get", { id });
    expect(await got.text()).toContain(`"data":${data}`);
    for (const [body, path] of [
      [`{"message":"m","${key}":{"polluted":"yes","title":"t"}}`, "/api/notifications"],
      ['{"message":"m"}', `/api/notifications?${key}=polluted`],
      [`{"message":"m","${key}":{"polluted":"yes","channel":"x"}}`, "/trpc/notifications.publish"],
    ] as const) {
      const response = await post(body, path);
      expect(response.status).toBeLessThan(500);
      expect(await response.text()).not.toMatch(/"polluted"|"title":"t"/);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  },
);

test.each([
  ["nested 100,000 deep", `{"message":"m","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 413],
  ["nested 30,000 deep", `{"message":"m","data":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, 400],
  ["nested 30,000 deep in a field of text", `{"message":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`, 400],
  ["of 10 MB", `{"message":"${"x".repeat(10_000_000)}"}`, 413],
  ["of 9,000 fields", `{"message":"m",${Array.from({ length: 9_000 }, (_, i) => `"f${i}":1`).join(",")}}`, 400],
  ["that is no JSON", '{"message":', 400],
  ["of bytes that are no text", "\u0000\u0001\ufffd", 400],
])("JSON %s is refused in a short answer", async (_, body, status) => {
  const refused: number[] = [];
  for (const path of ["/api/notifications", "/trpc/notifications.publish"]) {
    const response = await server.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    refused.push(response.status);
    expect((await response.text()).length).toBeLessThan(20_000);
  }
  expect(refused).toEqual([status, status]);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test("the page's folder is the only one that files come from", async () => {
  for (const path of [
    "/assets/../../../package.json",
    "/assets/..%2f..%2f..%2fpackage.json",
    "/assets/%2e%2e/%2e%2e/%2e%2e/package.json",
    "/assets/..\\..\\..\\package.json",
    "/assets/..%5c..%5c..%5cpackage.json",
    "/assets/....//....//package.json",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/assets/%00/../../../package.json",
    "/.env",
  ]) {
    const text = await send(`GET ${path} HTTP/1.1${END}`);
    expect(text, path).not.toMatch(/"belfry"|"dependencies"|root:/);
    expect(text).not.toMatch(/^HTTP\/1\.1 5\d\d (?!Service)/);
  }
});

test("three hundred connections that never finish their headers keep nobody else waiting", async () => {
  const { hostname, port } = new URL(server.url);
  const sockets = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write("GET /api/notifications HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      return socket;
    }),
  );
  const since = performance.now();
  expect(await server.publish({ message: "in time" })).toMatchObject({ message: "in time" });
  expect(performance.now() - since).toBeLessThan(2_000);
  for (const socket of sockets) socket.resetAndDestroy();
});

test("hundreds of wrong passwords at once are mostly turned away, and the stream goes on", async () => {
  await using own = await startTestServer();
  await signInAdmin(own);
  using stream = await openSse(`${own.url}/api/notifications/stream?token=${TOKEN}`);
  await stream.take(2);
  const attempts = Promise.all(
    Array.from({ length: 400 }, async (_, i) => {
      const input = { email: "admin@example.com", password: `guess ${i}` };
      const { status, headers } = await mutate(own, "session.signIn", input);
      expect(headers.has("retry-after")).toBe(status === 429);
      return status;
    }),
  );
  let isOver = false;
  const over = attempts.then(() => {
    isOver = true;
  });
  for (let i = 0; i < 3; i += 1) {
    const { id } = await own.publish({ message: `message ${i}` });
    expect(await nextNotification(stream)).toMatchObject({ id });
  }
  expect(isOver, "while the passwords are still being tried").toBe(false);
  await over;
  const statuses = await attempts;
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(300);
  const right = await mutate(own, "session.signIn", { email: "admin@example.com", password: PASSWORD });
  expect(right.status, "the account waits").toBe(429);
});

test("nothing of all this put a credential into the log", () => {
  expect(server.logs.join("")).not.toContain(TOKEN);
});
