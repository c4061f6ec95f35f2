import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { UserView } from "../../server/trpc/users.ts";
import { createClock } from "../_clock.ts";
import { type Credential, JWT_SECRET, makeUser, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse } from "../_sse.ts";

const clock = createClock();
const HOUR = 3_600;
const ISSUER = "https://app.example.com";
const AUDIENCE = "belfry";
const ADMIN_TOKEN = { authorization: `Bearer ${TOKEN}` };
const seconds = () => clock.now() / 1_000;
const bearer = (token: string): Credential => ({ authorization: `Bearer ${token}` });
const encode = (text: string) => new TextEncoder().encode(text);

interface User {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly role: string;
}

/** Who the server takes somebody for. */
async function whoIs(server: TestServer, headers: Credential): Promise<User | null> {
  return (await query<{ user: User | null }>(server, "session.current", undefined, headers)).data.user;
}

/** Whether a token is refused as everything that is no credential is, with the reason in the log alone. */
async function expectRefused(server: TestServer, headers: Credential, reason: RegExp): Promise<void> {
  const logged = server.logs.length;
  const wrong = await query(server, "notifications.list", undefined, bearer("bf_wrong"));
  const answer = await query(server, "notifications.list", undefined, headers);
  expect(answer.status).toBe(401);
  expect(answer.text, "the same as for any wrong token").toBe(wrong.text);
  const log = server.logs.slice(logged).join("");
  expect(log).toMatch(reason);
  expect(log).not.toContain(headers["authorization"]?.split(" ")[1]);
}

describe("with BELFRY_JWT_SECRET", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      now: clock.now,
      channels: ["orders.eu", "orders.us", "vault"],
      env: { BELFRY_JWT_SECRET: JWT_SECRET, BELFRY_ADMIN_EMAILS: "Boss@Example.com, other@example.com" },
    });
    for (const channel of ["orders.eu", "orders.us", "vault"]) {
      await mutate(server, "channels.revoke", { channel, permission: "read", audience: "everyone" }, ADMIN_TOKEN);
    }
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const sign = (claims: object = {}) => signJwt({ sub: "jo", exp: seconds() + HOUR, ...claims });

  test("a user is made on first sight, as a member, once", async () => {
    const headers = await sign({ sub: "user 7", email: "Seven@Example.com", name: "Seven" });
    const seven = { id: "user 7", email: "seven@example.com", name: "Seven", role: "member" };
    const seen = await Promise.all([1, 2, 3].map(() => whoIs(server, headers)));
    expect(seen).toEqual([seven, seven, seven]);
    const { data } = await query<UserView[]>(server, "users.list", undefined, ADMIN_TOKEN);
    expect(data.filter(({ id }) => id === "user 7")).toMatchObject([
      { ...seven, hasPassword: false, isFromApplication: true },
    ]);
    const audit = await query<{ items: unknown[] }>(server, "audit.list", { target: "user 7" }, ADMIN_TOKEN);
    expect(audit.data.items).toMatchObject([{ actor: "jwt", action: "user.create" }]);
  });

  test("another application's user does not take the address of somebody who has it already", async () => {
    expect(await whoIs(server, await sign({ sub: "first", email: "one@example.com" }))).toMatchObject({ id: "first" });
    const second = await sign({ sub: "second", email: "One@example.com" });
    const seen = { id: "second", email: null, name: "second" };
    const before = server.logs.length;
    expect(await whoIs(server, second)).toMatchObject(seen);
    clock.advance(2_000);
    expect(await whoIs(server, second), "nor later, when it is known").toMatchObject(seen);
    const { data } = await query<UserView[]>(server, "users.list", undefined, ADMIN_TOKEN);
    expect(data.find(({ id }) => id === "second")).toMatchObject(seen);
    const told = server.logs.slice(before).filter((line) => line.includes("e-mail address"));
    expect(told, "once").toHaveLength(1);
    expect(JSON.parse(told[0] ?? "")).toMatchObject({ level: 40, user: "second", other: "first" });
    const third = await sign({ sub: "third", email: "one@example.com", name: "Third" });
    expect(await whoIs(server, third)).toMatchObject({ email: null, name: "Third" });
  });

  test("an address that nobody verified is not taken from its owner", async () => {
    for (const [sub, isVerified] of [
      ["squatter", false],
      ["squatter in words", "false"],
    ]) {
      const squatter = await sign({ sub, email: "owner@example.com", email_verified: isVerified });
      expect(await whoIs(server, squatter)).toMatchObject({ email: null, name: sub });
    }
    const owner = await sign({ sub: "owner", email: "owner@example.com", email_verified: true });
    expect(await whoIs(server, owner)).toMatchObject({ email: "owner@example.com" });
  });

  test.each([
    ["roles", { roles: ["user", "admin"] }, "admin"],
    ["one role", { roles: "admin" }, "admin"],
    ["BELFRY_ADMIN_EMAILS", { email: "BOSS@example.com" }, "admin"],
    ["an address that nobody verified", { email: "other@example.com", email_verified: false }, "member"],
    ["an address that is unverified in words", { email: "other@example.com", email_verified: "false" }, "member"],
    ["an address that is verified in words", { email: "other@example.com", email_verified: "true" }, "admin"],
    ["another address", { email: "boss@example.com.evil.com" }, "member"],
    ["another role", { roles: ["administrator", "Admin"] }, "member"],
    ["a claim that is not known", { role: "admin", admin: true, scopes: ["admin"] }, "member"],
  ])("by %s the caller is %o: %s", async (name, claims, role) => {
    const headers = await sign({ sub: `by ${name}`, ...claims });
    expect(await whoIs(server, headers)).toMatchObject({ role });
    expect((await query(server, "audit.list", undefined, headers)).status).toBe(role === "admin" ? 200 : 403);
  });

  test("the claim `belfry` gives read and publish on patterns, and never more", async () => {
    const headers = await sign({ sub: "app", belfry: { read: ["orders.*"], publish: ["orders.eu"] } });
    const publish = (channel: string) => mutate(server, "notifications.publish", { channel, message: "m" }, headers);
    const list = (channel: string) => query(server, "notifications.list", { channels: [channel] }, headers);
    const statuses = async (call: (channel: string) => Promise<{ status: number }>) =>
      (await Promise.all(["orders.eu", "orders.us", "vault"].map(call))).map(({ status }) => status);
    expect(await statuses(list)).toEqual([200, 200, 403]);
    expect(await statuses(publish)).toEqual([200, 403, 403]);
    const all = await sign({ sub: "greedy", belfry: { read: ["*"], publish: ["*"], manage: ["*"], admin: ["*"] } });
    expect((await query(server, "channels.grants", { name: "vault" }, all)).status).toBe(403);
    expect((await query(server, "users.list", undefined, all)).status).toBe(403);
  });

  test("a disabled user is nobody, whatever the token says", async () => {
    const headers = await sign({ sub: "gone", roles: ["admin"] });
    expect(await whoIs(server, headers)).toMatchObject({ role: "admin" });
    await mutate(server, "users.disable", { id: "gone" }, ADMIN_TOKEN);
    expect(await whoIs(server, headers)).toBeNull();
    await expectRefused(server, headers, /user \\"gone\\" is disabled/);
  });

  test("why a claim is refused stands in one line of the log", async () => {
    await expectRefused(server, await sign({ sub: 7, email: "nonsense" }), /"reason":"sub: [^\\\n]*; email: [^\\\n]*"/);
  });

  test("a stream ends with `ended` when its JWT expires, and the token opens nothing from then on", async () => {
    const headers = await sign({ sub: "brief", exp: seconds() + 60 });
    const token = (headers["authorization"] ?? "").slice("Bearer ".length);
    using plain = await openSse(`${server.url}/api/notifications/stream?token=${token}`);
    const params = encodeURIComponent(JSON.stringify({ token }));
    using typed = await openSse(`${server.url}/trpc/notifications.subscribe?connectionParams=${params}`);
    using lasting = await openSse(`${server.url}/api/notifications/stream`, { headers: await sign({ sub: "brief" }) });
    await Promise.all([plain.take(2), typed.take(2), lasting.take(2)]);
    clock.advance(60_000);
    expect(await plain.ended).toMatch(/event: ended\ndata: {"reason":"expired"}\n\n$/);
    expect(await typed.ended).toMatch(/data: {"event":"ended","reason":"expired"}\nid: \S+\n\n\n$/);
    const { id } = await server.publish({ message: "m" });
    expect(await nextNotification(lasting)).toMatchObject({ id });
    clock.advance(5_000);
    await expectRefused(server, headers, /ERR_JWT_EXPIRED/);
    expect(server.logs.join("")).not.toContain(token);
  });

  test.each<[string, object, RegExp]>([
    ["that has expired", { exp: 1_000 }, /ERR_JWT_EXPIRED/],
    ["that is not valid yet", { nbf: 9_999_999_999 }, /ERR_JWT_CLAIM_VALIDATION_FAILED.*nbf/],
    ["of a user id of 200 characters", { sub: "x".repeat(200) }, /at most 128 characters/],
    ["of an empty user id", { sub: "" }, /must not be empty/],
    ["of a user id with a line break", { sub: "a\nb" }, /control characters/],
    ["without a user id", { sub: undefined }, /sub/],
    ["with patterns that are none", { belfry: { read: "orders" } }, /belfry/],
  ])("a token %s is refused", async (_, claims, reason) => {
    await expectRefused(server, await sign(claims), reason);
  });

  test("a token of another secret, algorithm or none, and one that was changed, is refused", async () => {
    const payload = { sub: "admin", roles: ["admin"], exp: seconds() + HOUR };
    const signWith = (alg: string, secret: string) =>
      new SignJWT(payload).setProtectedHeader({ alg }).sign(encode(secret));
    const { privateKey } = await generateKeyPair("RS256");
    const none = new UnsecuredJWT(payload).encode();
    const good = await signWith("HS256", JWT_SECRET);
    const [head = "", body = "", signature = ""] = good.split(".");
    const changed = Buffer.from(JSON.stringify({ ...payload, sub: "root" })).toString("base64url");
    for (const [token, reason] of [
      [await signWith("HS256", `${JWT_SECRET}x`), /signature verification failed/],
      [await signWith("HS512", JWT_SECRET.repeat(2)), /ERR_JOSE_ALG_NOT_ALLOWED/],
      [await new SignJWT(payload).setProtectedHeader({ alg: "RS256" }).sign(privateKey), /ERR_JOSE_ALG_NOT_ALLOWED/],
      [none, /ERR_JOSE|ERR_JWS/],
      [`${none}${signature}`, /ERR_JOSE|ERR_JWS/],
      [`${head}.${changed}.${signature}`, /signature verification failed/],
      [`${head}.${body}.`, /ERR_JW/],
      ["a.b.c", /ERR_JW/],
    ] as const) {
      await expectRefused(server, bearer(token), reason);
    }
    expect(await whoIs(server, bearer(good)), "the good one is good").toMatchObject({ role: "admin" });
  });

  test("a cookie holds no JWT, and a JWT no session: it cannot change passwords", async () => {
    const headers = await sign();
    const token = (headers["authorization"] ?? "").slice("Bearer ".length);
    expect(await whoIs(server, { cookie: `belfry_session=${token}` })).toBeNull();
    const passwords = { currentPassword: "x", newPassword: "a new long password" };
    expect((await mutate(server, "session.changePassword", passwords, headers)).status).toBe(403);
  });
});

describe("with BELFRY_JWT_JWKS_URL", () => {
  let server: TestServer;
  let issuer: Server;
  let keys: JWK[] = [];
  let asked = 0;
  const privateKeys = new Map<string, CryptoKey>();
  const publicKeys = new Map<string, CryptoKey>();

  /** Makes a key pair; its public half is handed out from now on. */
  async function addKey(alg: string, kid = alg): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    privateKeys.set(kid, privateKey);
    publicKeys.set(kid, publicKey);
    keys.push({ ...(await exportJWK(publicKey)), alg, kid, use: "sig" });
  }

  async function sign(kid: string, claims: object = {}, alg = kid): Promise<Credential> {
    const payload = { sub: `by ${kid}`, iss: ISSUER, aud: AUDIENCE, exp: seconds() + HOUR, ...claims };
    const key = privateKeys.get(kid) ?? encode("no such key, so some secret of its own");
    return bearer(await new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key));
  }

  beforeAll(async () => {
    issuer = createServer((_, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
    }).listen(0, "127.0.0.1");
    await once(issuer, "listening");
    await Promise.all(["RS256", "ES256", "EdDSA", "PS384"].map((alg) => addKey(alg)));
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`;
    server = await startTestServer({
      now: clock.now,
      env: { BELFRY_JWT_JWKS_URL: url, BELFRY_JWT_ISSUER: ISSUER, BELFRY_JWT_AUDIENCE: AUDIENCE },
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    issuer.close();
    issuer.closeAllConnections();
  });

  test("takes tokens of each key, and asks for the keys once", async () => {
    for (const alg of ["RS256", "ES256", "EdDSA", "PS384"]) {
      expect(await whoIs(server, await sign(alg))).toMatchObject({ id: `by ${alg}`, role: "member" });
    }
    expect(asked).toBe(1);
  });

  test.each<[string, object, RegExp]>([
    ["of another issuer", { iss: "https://evil.example.com" }, /iss/],
    ["of no issuer", { iss: undefined }, /iss/],
    ["for another audience", { aud: "another-service" }, /aud/],
    ["for no audience", { aud: undefined }, /aud/],
    ["that has expired", { exp: 1_000 }, /ERR_JWT_EXPIRED/],
  ])("a token %s is refused", async (_, claims, reason) => {
    await expectRefused(server, await sign("ES256", claims), reason);
  });

  test("no public key is ever a secret: HS256 with any form of it is refused", async () => {
    const payload = { sub: "admin", roles: ["admin"], iss: ISSUER, aud: AUDIENCE, exp: seconds() + HOUR };
    for (const alg of ["RS256", "EdDSA"]) {
      const jwk = keys.find(({ kid }) => kid === alg) ?? {};
      const pem = await exportSPKI(publicKeys.get(alg) ?? ({} as CryptoKey));
      for (const secret of [pem, pem.trim(), JSON.stringify(jwk), jwk.n ?? jwk.x ?? ""]) {
        const signer = new SignJWT(payload).setProtectedHeader({ alg: "HS256", kid: alg });
        await expectRefused(server, bearer(await signer.sign(encode(secret))), /ERR_JOSE_ALG_NOT_ALLOWED/);
      }
    }
  });

  test("a token cannot bring its own key, name another place for keys, or use a key for another algorithm", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    const payload = { sub: "admin", iss: ISSUER, aud: AUDIENCE, exp: seconds() + HOUR };
    for (const header of [
      { alg: "ES256", jwk },
      { alg: "ES256", kid: "ES256", jku: "http://127.0.0.1:1/evil.json" },
      { alg: "ES256", kid: "RS256" },
    ]) {
      const token = await new SignJWT(payload).setProtectedHeader(header).sign(privateKey);
      await expectRefused(server, bearer(token), /ERR_JW/);
    }
    await expectRefused(server, bearer(new UnsecuredJWT(payload).encode()), /ERR_JOSE|ERR_JW/);
  });

  test("a new key is taken without a restart, and one that is withdrawn is not", async () => {
    const before = asked;
    await addKey("ES256", "next");
    keys = keys.filter(({ kid }) => kid !== "PS384");
    // Unknown keys must not make the hub ask for every token that comes: within 30 s of the last time it does not.
    for (let i = 0; i < 5; i += 1) await expectRefused(server, await sign(`unknown-${i}`, {}, "HS256"), /ERR_JOSE/);
    expect(asked).toBe(before);
    const later = Date.now() + 31_000;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    try {
      expect(await whoIs(server, await sign("next", {}, "ES256"))).toMatchObject({ id: "by next" });
      clock.advance(2_000);
      await expectRefused(server, await sign("PS384"), /ERR_JWKS_NO_MATCHING_KEY/);
      expect(await whoIs(server, await sign("RS256"))).toMatchObject({ id: "by RS256" });
    } finally {
      vi.restoreAllMocks();
    }
  });
});

test("a JWT does not take over an admin who has a password; whoever came by JWT may be made admin", async () => {
  await using server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  const admin = { cookie: await signInAdmin(server) };
  await makeUser(server, admin, { id: "mia" });
  await mutate(server, "users.update", { id: "mia", role: "admin" }, admin);
  const mia = await signJwt({ sub: "mia", exp: seconds() + HOUR });
  await expectRefused(server, mia, /is an admin of the hub's own/);
  const ann = await signJwt({ sub: "ann", exp: seconds() + HOUR });
  expect(await whoIs(server, ann)).toMatchObject({ id: "ann", role: "member" });
  await mutate(server, "users.update", { id: "ann", role: "admin" }, admin);
  expect(await whoIs(server, ann)).toMatchObject({ id: "ann", role: "admin" });
});
