/** What happens to users of another application while its public keys cannot be fetched. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createVersionReader } from "../../db/versions.ts";
import { createHub } from "../../web/client/mod.ts";
import { type Credential, JWT_SECRET, makeToken, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
const ITERATED = "/trpc/notifications%2Esubscribe";
const WATCH = "/trpc/stats.watch";
const ADMIN = { authorization: `Bearer ${TOKEN}` };
const EVENT_SOURCE = { accept: "text/event-stream" };

/** How the place of the keys answers. */
const ANSWERS = {
  "with the keys": (response: ServerResponse) =>
    void response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })),
  "with 500": (response: ServerResponse) => void response.writeHead(500).end("{}"),
  "with a page": (response: ServerResponse) => void response.end("<h1>Maintenance</h1>"),
  "with no key set": (response: ServerResponse) => void response.end('{"error":"later"}'),
  "by cutting the connection": (response: ServerResponse) => void response.destroy(),
  "by breaking off": (response: ServerResponse) =>
    void response.writeHead(200, { "content-length": 999 }).write('{"keys":[', () => response.destroy()),
  "not at all": () => undefined,
} as const;
type AnswerKind = keyof typeof ANSWERS;

let issuer: Server;
let server: TestServer;
let admin: Credential;
let answer: AnswerKind = "with the keys";
let keys: { readonly kid: string; readonly jwk: JWK; readonly privateKey: CryptoKey }[] = [];
/** Moves the clock by which the keys grow old. */
let ahead = 0;
const realNow = Date.now;

async function addKey(kid: string): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  keys.push({ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), alg: "ES256", kid, use: "sig" } });
}

/** A JWT as the credential of each kind of stream. */
async function sign(kid: string, claims: object): Promise<Credential> {
  const key = keys.find((each) => each.kid === kid)?.privateKey;
  if (!key) throw new RangeError(`no key ${kid}`);
  const exp = Math.floor(realNow() / 1_000) + 10 * 365 * 86_400;
  const token = await new SignJWT({ exp, ...claims }).setProtectedHeader({ alg: "ES256", kid }).sign(key);
  return { authorization: `Bearer ${token}` };
}

/** From now on the keys are too old to be used again, and asking for new ones is answered like this. */
function outage(kind: AnswerKind): void {
  answer = kind;
  ahead += 11 * 60_000;
}

beforeAll(async () => {
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + ahead);
  issuer = createServer((_, response) => ANSWERS[answer](response)).listen(0, "127.0.0.1");
  await once(issuer, "listening");
  const { port } = issuer.address() as AddressInfo;
  server = await startTestServer({
    channels: ["a", "b"],
    env: { BELFRY_JWT_JWKS_URL: `http://127.0.0.1:${port}/keys` },
  });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
  issuer.close();
  issuer.closeAllConnections();
});

let serial = 0;
beforeEach(async () => {
  serial += 1;
  keys = [];
  await Promise.all([addKey(`stays-${serial}`), addKey(`goes-${serial}`)]);
  outage("with the keys");
  // An answer that failed a moment ago is not asked for again at once.
  const probe = await sign(`stays-${serial}`, { sub: "probe" });
  const status = async () => (await query(server, "notifications.list", undefined, probe)).status;
  await expect.poll(status, { timeout: 15_000 }).toBe(200);
});
afterEach(() => {
  answer = "with the keys";
});

const user = (name: string) => `${name}-${serial}`;

async function follow(path: string, headers: Credential): Promise<SseStream> {
  const stream = await openSse(server.url + path, { headers });
  while (!/"clientId"|"readers"/.test((await stream.next()).data));
  return stream;
}

async function change(path: string, input: unknown): Promise<void> {
  const { status, text } = await mutate(server, path, input, admin);
  expect(status, text).toBe(200);
}

/** Makes the hub judge every stream anew. */
const rejudge = () =>
  change("channels.grant", { channel: "a", permission: "publish", audience: "user", userId: user("x") });

/** Whether a stream goes on: it gets what is published now, and so does the rest of the test. */
async function expectAlive(...streams: SseStream[]): Promise<void> {
  const { id } = await server.publish({ channel: "a", message: "m" });
  for (const stream of streams) expect(await nextNotification(stream)).toMatchObject({ id });
}

test.each<AnswerKind>(["with 500", "by cutting the connection"])(
  "while the keys' place answers %s streams go on within their users' rights, and end once their key is withdrawn",
  async (kind) => {
    const [staying, going] = [`stays-${serial}`, `goes-${serial}`];
    const headers = await sign(going, { sub: user("jo") });
    using plain = await follow(PLAIN, headers);
    using typed = await follow(TYPED, headers);
    using iterated = await follow(ITERATED, headers);
    using watch = await follow(WATCH, await sign(going, { sub: user("boss"), roles: ["admin"] }));
    using other = await follow(PLAIN, await sign(staying, { sub: user("ann") }));
    using locked = await follow(PLAIN, await sign(staying, { sub: user("eve") }));
    outage(kind);
    await rejudge();
    await expectAlive(plain, typed, iterated, other, locked);

    const everyone = { channel: "b", permission: "read", audience: "everyone" };
    await change("channels.revoke", everyone);
    await server.publish({ channel: "b", message: "not any more" });
    await change("users.disable", { id: user("eve") });
    expect(await locked.ended, "whom the hub itself locks out").toMatch(
      /event: ended\ndata: {"reason":"revoked"}\n\n$/,
    );
    await expectAlive(plain, typed, iterated, other);
    expect(watch.text).not.toContain("error");

    keys = keys.filter(({ kid }) => kid !== going);
    answer = "with the keys";
    for (const stream of [plain, typed, iterated]) {
      expect(await stream.ended).toMatch(/"?ended.*reason":"revoked"/s);
      expect(stream.text).not.toContain("not any more");
    }
    await watch.ended;
    await expectAlive(other);
    await change("channels.grant", everyone);
  },
);

test.each((Object.keys(ANSWERS) as AnswerKind[]).filter((kind) => !/the keys$|not at all/.test(kind)))(
  "while the keys' place answers %s requests are told to come back, and the log says why, without the token",
  async (kind) => {
    const headers = await sign(`stays-${serial}`, { sub: user("jo") });
    const token = headers["authorization"]?.slice("Bearer ".length) ?? "";
    const params = encodeURIComponent(JSON.stringify({ token }));
    outage(kind);
    const logged = server.logs.length;
    for (const path of ["/api/notifications", "/trpc/notifications.list", "/metrics", PLAIN, ITERATED]) {
      const response = await fetch(server.url + path, { headers });
      const text = await response.text();
      expect({ path, status: response.status, later: response.headers.get("retry-after") }).toEqual({
        path,
        status: 503,
        later: "5",
      });
      expect(JSON.parse(text).error).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
      expect(text).toContain("the keys of its issuer cannot be fetched");
    }
    using source = await openSse(server.url + PLAIN, { headers: { ...headers, ...EVENT_SOURCE } });
    expect(await source.ended).toMatch(/^retry: 5000\nevent: refused\ndata: .*SERVICE_UNAVAILABLE/);
    for (const query of ["", `?connectionParams=${params}`]) {
      using typed = await openSse(server.url + TYPED + query, { headers: query ? {} : headers });
      expect(await typed.ended).toMatch(
        /\nretry: 5000\nevent: serialized-error\ndata: .*"code":-32603,.*"retryAfter":5/,
      );
    }
    using watch = await openSse(`${server.url}${WATCH}?connectionParams=${params}`);
    expect(await watch.ended).toMatch(
      /event: serialized-error\ndata: .*cannot be fetched.*"httpStatus":503.*"retryAfter":5/,
    );
    const log = server.logs.slice(logged);
    expect(log.join("")).not.toContain(token);
    expect(log.join("")).not.toContain("was refused");
    const warnings = log.filter((line) => line.includes("The keys of JSON web tokens cannot be fetched"));
    expect(warnings[0]).toContain("caused by");
    expect(warnings.length, "not one for each request").toBeLessThan(4);
  },
);

test("while the keys' place does not answer, other streams follow their rights within a second", async () => {
  const token = await makeToken(server, admin, {});
  using waiting = await follow(PLAIN, await sign(`stays-${serial}`, { sub: user("jo") }));
  using revoked = await follow(PLAIN, token.headers);
  using staying = await follow(PLAIN, ADMIN);
  outage("not at all");
  await rejudge();
  const since = performance.now();
  await change("tokens.revoke", { id: token.id });
  expect(await revoked.ended).toContain('"revoked"');
  expect(performance.now() - since).toBeLessThan(1_000);
  await expectAlive(waiting, staying);
});

test("the SDK that meets an outage comes back by itself", { timeout: 40_000 }, async () => {
  const headers = await sign(`stays-${serial}`, { sub: user("jo") });
  outage("with 500");
  using hub = createHub({ url: server.url, token: (headers["authorization"] ?? "").slice("Bearer ".length) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using _ = hub.subscribe({}, { onNotification: () => undefined, onConnected: () => resolve(), onError: reject });
  await expect
    .poll(() => server.logs.join("").includes("cannot be fetched"), { timeout: 10_000, interval: 50 })
    .toBe(true);
  answer = "with the keys";
  await promise;
});

test("the first sight of a user judges no stream anew, and all that was granted before holds at once", async () => {
  await using own = await startTestServer({ env: { BELFRY_JWT_SECRET: JWT_SECRET }, channels: ["vault"] });
  await own.mutate("channels.revoke", { channel: "vault", permission: "read", audience: "everyone" });
  await own.mutate("channels.grant", { channel: "vault", permission: "read", audience: "user", userId: "jo" });
  using db = openDatabase(own.folder, { readonly: true });
  const version = createVersionReader(db, "access");
  const before = version();
  const jo = await signJwt({ sub: "jo", exp: 9_999_999_999 });
  using stream = await openSse(own.url + PLAIN, { headers: jo });
  await stream.take(2);
  const { id } = await own.publish({ channel: "vault", message: "for jo" });
  expect(await nextNotification(stream)).toMatchObject({ id });
  expect((await query(own, "notifications.list", { channels: ["vault"] }, jo)).status).toBe(200);
  expect(version(), "streams are judged when this moves").toBe(before);
  await own.mutate("users.disable", { id: "jo" });
  expect(version()).not.toBe(before);
  expect(await stream.ended).toContain('"revoked"');
});

test("public keys without an issuer and an audience are warned of at the start", async () => {
  const env = { BELFRY_JWT_JWKS_URL: "http://127.0.0.1:1/jwks", BELFRY_JWT_ISSUER: "https://id.example.com" };
  const warnings = async (more: Record<string, string>) => {
    await using server = await startTestServer({ env: { ...env, ...more } });
    return server.logs.filter((line) => line.includes("BELFRY_JWT_AUDIENCE")).length;
  };
  expect(await warnings({})).toBe(1);
  expect(await warnings({ BELFRY_JWT_AUDIENCE: "belfry" })).toBe(0);
});
