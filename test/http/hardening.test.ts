import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";

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

test("nothing of all this put a credential into the log", () => {
  expect(server.logs.join("")).not.toContain(TOKEN);
});
