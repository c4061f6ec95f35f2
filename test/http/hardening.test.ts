import { createHmac } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { PASSWORD_COST } from "../../server/auth/password.ts";
import { JWT_SECRET, makeToken, makeUser, mutate, PASSWORD, query, signIn, signJwt } from "../_people.ts";
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

interface Guess {
  readonly email: string;
  readonly password: string;
  readonly from: string;
}

/** Tries to sign in as cheaply as can be; answers with the status. */
function trySignIn({ url }: TestServer, agent: Agent, { from, ...input }: Guess): Promise<number> {
  const headers = { "content-type": "application/json", "x-forwarded-for": from };
  return new Promise((resolve, reject) => {
    request(`${url}/trpc/session.signIn`, { method: "POST", agent, headers }, (incoming) => {
      incoming.on("end", () => resolve(incoming.statusCode ?? 0)).resume();
    })
      .on("error", reject)
      .end(JSON.stringify(input));
  });
}

/** Bytes of the heap that are still needed. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
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
  for (const [n, draft] of drafts.entries()) {
    const response = await server.fetch("/api/notifications", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `k-${n}` },
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

test("10,000 wrong passwords are over soon, mostly unhashed, and keep no stream and no other account waiting", {
  timeout: 60_000,
}, async () => {
  const env = { BELFRY_TRUSTED_PROXIES: "127.0.0.1" };
  await using own = await startTestServer({ env, passwordCost: PASSWORD_COST });
  const admin = { cookie: await signInAdmin(own) };
  await makeUser(own, admin, { id: "mia" });
  using stream = await openSse(`${own.url}/api/notifications/stream?token=${TOKEN}`);
  await stream.take(2);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** Every other one is on the admin's account, from an address of its own; the rest come from one address. */
  const guess = (n: number) => {
    const account = n % 2 ? "admin" : `nobody-${n}`;
    const from = n % 2 ? `10.1.${n >> 8}.${n & 255}` : "10.2.0.1";
    return trySignIn(own, agent, { email: `${account}@example.com`, password: `guess ${n}`, from });
  };
  const heap = heapUsed();
  const [since, before] = [performance.now(), process.cpuUsage()];
  const statuses: number[] = [];
  let next = 0;
  const guessers = Array.from({ length: 64 }, async () => {
    while (next < 10_000) {
      next += 1;
      statuses.push(await guess(next));
    }
  });
  await expect.poll(() => statuses.length, { interval: 1 }).toBeGreaterThan(0);
  const mia = { email: "mia@example.com", password: PASSWORD };
  const right = await mutate(own, "session.signIn", mia, { "x-forwarded-for": "10.3.0.1" });
  expect(right.status, "another account from another address").toBe(200);
  const { id } = await own.publish({ message: "m" });
  expect(await nextNotification(stream)).toMatchObject({ id });
  expect(statuses.length, "while the passwords are still being tried").toBeLessThan(10_000);
  await Promise.all(guessers);
  const { user, system } = process.cpuUsage(before);
  // On a machine that does other things as well, processor time; hashing them all would take ten minutes of it.
  const seconds = Math.min((performance.now() - since) / 1_000, (user + system) / 1_000_000);
  expect(seconds).toBeLessThan(10);
  agent.destroy();

  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  const hashed = statuses.filter((status) => status === 401).length;
  expect(hashed, "few were looked at").toBeLessThan(200);
  using db = openDatabase(own.folder, { readonly: true });
  const noted = db.sqlite.prepare("SELECT count(*) FROM audit WHERE action = 'session.refused'").pluck().get();
  expect(noted, "and only these were noted").toBe(hashed);
  expect(heapUsed() - heap, "bytes kept").toBeLessThan(10_000_000);
  // Where all that took so long that its time of waiting is over, one more begins the next.
  await mutate(own, "session.signIn", { email: "admin@example.com", password: "guess" });
  const attacked = await mutate(own, "session.signIn", { email: "admin@example.com", password: PASSWORD });
  expect(attacked, "the account that is under attack waits").toMatchObject({ status: 429 });
  expect(Number(attacked.headers.get("retry-after"))).toBeGreaterThan(0);
});

describe("a forged or twisted JSON web token", () => {
  const encode = (part: unknown) => Buffer.from(typeof part === "string" ? part : JSON.stringify(part));
  const NOW = Math.floor(Date.now() / 1_000);
  const GOOD = { sub: "eve", roles: ["admin"], exp: NOW + 3_600 };
  /** A token as whoever has a key would make it; no key: without a signature. */
  const forge = (header: unknown, payload: unknown = GOOD, key: string | null = JWT_SECRET, hash = "sha256") => {
    const signed = `${encode(header).toString("base64url")}.${encode(payload).toString("base64url")}`;
    return `${signed}.${key === null ? "" : createHmac(hash, key).update(signed).digest("base64url")}`;
  };
  const HS256 = { alg: "HS256" };
  const good = forge(HS256);
  const [head = "", body = "", signature = ""] = good.split(".");
  let own: TestServer;
  beforeAll(async () => {
    own = await startTestServer({ env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test.each([
    ...["none", "None", "NONE", "nOnE", ""].map((alg) => [`of the algorithm "${alg}"`, forge({ alg }, GOOD, null)]),
    ["of no algorithm, with a signature", forge({})],
    ["of `none` with a good signature", `${encode({ alg: "none" }).toString("base64url")}.${body}.${signature}`],
    ["of hs256 in small letters", forge({ alg: "hs256" })],
    ["of HS384", forge({ alg: "HS384" }, GOOD, JWT_SECRET, "sha384")],
    ["of HS512", forge({ alg: "HS512" }, GOOD, JWT_SECRET, "sha512")],
    ["of two algorithms", forge('{"alg":"HS256","alg":"none"}', GOOD, null)],
    ["that says RS256 and is HS256", forge({ alg: "RS256" })],
    ["without its signature", `${head}.${body}.`],
    ["without a place for one", `${head}.${body}`],
    ["with another's signature", `${head}.${body}.${forge(HS256, { ...GOOD, sub: "jo" }).split(".")[2]}`],
    ["with half a signature", good.slice(0, -20)],
    ["with more behind it", `${good}AAAA`],
    ["with padding", `${good}=`],
    ["with other claims", `${head}.${encode({ ...GOOD, sub: "admin" }).toString("base64url")}.${signature}`],
    ["of an empty key", forge(HS256, GOOD, "")],
    ["of a key of NULs", forge(HS256, GOOD, "\0".repeat(32))],
    ["of a key that a path names", forge({ alg: "HS256", kid: "../../../../dev/null" }, GOOD, "")],
    ["of a key that a query would give", forge({ alg: "HS256", kid: "' UNION SELECT 'k" }, GOOD, "k")],
    ["that brings its own key", forge({ alg: "HS256", jwk: { kty: "oct", k: "aw" } }, GOOD, "k")],
    ["that says where its key is", forge({ alg: "HS256", jku: "http://127.0.0.1:1/k", x5u: "http://x" }, GOOD, "k")],
    ["that must be understood otherwise", forge({ alg: "HS256", crit: ["b64"], b64: false })],
    ["with an extension that must be understood", forge({ alg: "HS256", crit: ["http://x"], "http://x": true })],
    ["of five parts", `${good}.${signature}.${signature}`],
    ["that is a list of claims", forge(HS256, [GOOD])],
    ["that is a text", forge(HS256, '"admin"')],
    ["that is null", forge(HS256, "null")],
    ["that is no JSON", forge(HS256, "{sub:")],
    ...[7, null, true, ["eve"], { id: "eve" }, undefined, ""].map((sub) => [
      `for the user ${JSON.stringify(sub)}`,
      forge(HS256, { ...GOOD, sub }),
    ]),
    ...["9999999999", null, [NOW + 60], NOW - 60, -1, "never"].map((exp) => [
      `that ends at ${JSON.stringify(exp)}`,
      forge(HS256, { ...GOOD, exp }),
    ]),
    ["that begins in an hour", forge(HS256, { ...GOOD, nbf: NOW + 3_600 })],
    ["with roles that are an object", forge(HS256, { ...GOOD, roles: { admin: true } })],
    ["with patterns that are an object", forge(HS256, { ...GOOD, belfry: { read: { 0: "*" } } })],
    ["for a user of the hub's own kind", forge(HS256, { ...GOOD, sub: "token:BELFRY_ADMIN_TOKEN" })],
  ])("%s opens nothing", async (_, token = "") => {
    for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `belfry_session=${token}` }]) {
      expect((await fetch(`${own.url}/metrics`, { headers })).status).toBe(401);
      const published = await mutate(own, "notifications.publish", { message: "forged" }, headers);
      expect(published.status).toBe(401);
      expect(published.text).not.toMatch(/JWT|JWS|JOSE|signature|alg/i);
    }
    using stream = await openSse(`${own.url}/api/notifications/stream?token=${encodeURIComponent(token)}`);
    expect(stream.status).toBe(401);
  });

  test("is told from the good one, which is good only as a bearer's", async () => {
    const status = async (headers: Record<string, string>) => (await fetch(`${own.url}/metrics`, { headers })).status;
    expect(await status({ authorization: `Bearer ${good}` })).toBe(200);
    for (const headers of [
      { authorization: good },
      { authorization: `Basic ${Buffer.from(`:${good}`).toString("base64")}` },
      { authorization: `Bearer ${good} ${good}` },
      { authorization: `Bearer ${good},${good}` },
      { authorization: `Bearer bf_${good}` },
      { cookie: `belfry_session=${good}` },
      { "x-authorization": `Bearer ${good}` },
    ]) {
      expect(await status(headers), JSON.stringify(headers).slice(0, 40)).toBe(401);
    }
    expect((await fetch(`${own.url}/metrics?token=${good}`)).status).toBe(401);
    const { data } = await query<{ id: string }[]>(own, "users.list", undefined, { authorization: `Bearer ${good}` });
    expect(
      data.map(({ id }) => id),
      "the others made nobody",
    ).toEqual(["eve"]);
    expect(own.storedIds()).toEqual([]);
  });
});

describe("no pattern and no list of channels reaches further than it says:", () => {
  const SECRET = "what nobody else may read";
  const TRICKS = ["**", "*.*", ".*", "*.", "orders.**", "orders.*.*", "s*", "*t", "secre?", "%", "_", "(.*)", "^.*$"];
  const MORE = [
    "",
    " ",
    ".",
    "[a-z]*",
    "SECRET",
    "secret ",
    "secret\0",
    "secret\n",
    "orders.*,secret",
    "orders.*|secret",
  ];
  let own: TestServer;
  let admin: Readonly<Record<string, string>>;
  beforeAll(async () => {
    own = await startTestServer({
      env: { BELFRY_JWT_SECRET: JWT_SECRET },
      channels: ["secret", "orders.eu", "ordersx"],
    });
    admin = { cookie: await signInAdmin(own) };
    for (const channel of ["secret", "orders.eu", "ordersx", "general"]) {
      await mutate(own, "channels.revoke", { channel, permission: "read", audience: "everyone" }, admin);
    }
    await own.publish({ channel: "secret", message: SECRET });
    await own.publish({ channel: "ordersx", message: SECRET });
    await own.publish({ channel: "orders.eu", message: "an order" });
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test.each([...TRICKS, ...MORE, "__proto__.*.", "constructor*"])("the pattern %j", async (pattern) => {
    const made = await mutate(own, "tokens.create", { name: `p ${pattern}`, patterns: [pattern] }, admin);
    // What is the name of a channel that there is not is no trick.
    if (pattern !== "_" && pattern !== "SECRET") expect(made.status).toBe(400);
    const claims = { read: [pattern], publish: [pattern] };
    const jwt = await signJwt({ sub: "eve", exp: Math.floor(Date.now() / 1_000) + 60, belfry: claims });
    for (const channel of ["secret", "ordersx"]) {
      expect((await query(own, "notifications.list", { channels: [channel] }, jwt)).status).toBe(403);
      expect((await mutate(own, "notifications.publish", { channel, message: "m" }, jwt)).status).toBe(403);
    }
    expect((await query(own, "notifications.list", {}, jwt)).text).not.toContain(SECRET);
  });

  test("a list of channels in any form", async () => {
    const { headers } = await makeToken(own, admin, { patterns: ["orders.*"] });
    const lists = ["secret", "ordersx", "orders.eu,secret", "orders.eu%2Csecret", "orders.eu&channels=secret", "*"];
    const odd = [
      "orders.*",
      "orders.eu%00,secret",
      "orders.eu%0Asecret",
      "%73ecret",
      "[]=secret",
      ",secret",
      "secret.",
    ];
    const queries = [...lists, ...odd].map((list) => `channels=${list}`);
    for (const search of [...queries, "channels[]=secret", "Channels=secret", "channels=orders.eu;channels=secret"]) {
      const listed = await fetch(`${own.url}/api/notifications?${search}`, { headers });
      expect(await listed.text(), search).not.toContain(SECRET);
      using stream = await openSse(`${own.url}/api/notifications/stream?${search}&lastEventId=0`, { headers });
      if (stream.status === 200) expect(await nextNotification(stream), search).toMatchObject({ message: "an order" });
    }
    for (const channels of [["secret"], ["orders.eu", "secret"], "secret", { 0: "secret" }, [["secret"]], "*", ["*"]]) {
      const listed = await query(own, "notifications.list", { channels }, headers);
      expect({ channels, status: listed.status }).toMatchObject({ status: expect.toBeOneOf([400, 403]) });
      expect(listed.text).not.toContain(SECRET);
    }
    for (const channel of ["secret", "ordersx", "orders", "orders.eu ", "orders.eu,secret", ["orders.eu", "secret"]]) {
      const published = await mutate(own, "notifications.publish", { channel, message: "m" }, headers);
      expect({ channel, status: published.status }).toMatchObject({ status: expect.toBeOneOf([400, 403, 404]) });
    }
    expect((await query(own, "notifications.list", { channels: ["orders.eu"] }, headers)).text).toContain("an order");
  });
});

test("nothing of all this put a credential into the log", () => {
  expect(server.logs.join("")).not.toContain(TOKEN);
});
