import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createClock } from "../_clock.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { openSse } from "../_sse.ts";

const DAY = 24 * 3_600_000;
const EMAIL = "admin@example.com";
const PASSWORD = "correct horse battery staple";
const PAGE = "https://app.example.com";
const JSON_TYPE = { "content-type": "application/json" };

const clock = createClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_ALLOWED_ORIGINS: `${PAGE}, http://localhost:3000` } });
  const secret = new URL(server.running.setUpLink ?? "").hash.slice(1);
  await call("session.setUp", { secret, email: EMAIL, password: PASSWORD });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Calls a mutation with these headers only. */
function call(path: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/trpc/${path}`, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: input === undefined ? null : JSON.stringify(input),
  });
}

/** Signs in and answers with what a browser would keep. */
async function signIn(): Promise<string> {
  const response = await call("session.signIn", { email: EMAIL, password: PASSWORD });
  expect(response.status).toBe(200);
  return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
}

async function whoIs(cookie: string): Promise<string | null> {
  const response = await fetch(`${server.url}/trpc/session.current`, { headers: { cookie } });
  return (
    ((await response.json()) as { result: { data: { user: { id: string } | null } } }).result.data.user?.id ?? null
  );
}

/** When the newest session expires, in unix ms. */
function readExpiry(): number {
  using db = openDatabase(server.folder, { readonly: true });
  return db.sqlite.prepare("SELECT max(expires_at) FROM sessions").pluck().get() as number;
}

describe("signing in", () => {
  test("gives a cookie that scripts and other sites cannot use, and that opens the API and the stream", async () => {
    const response = await call("session.signIn", { email: "ADMIN@example.COM", password: PASSWORD });
    const header = response.headers.get("set-cookie") ?? "";
    expect(header).toMatch(/^belfry_session=[A-Za-z0-9_-]{43}; /);
    expect(header.split("; ").slice(1).toSorted()).toEqual(["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax"]);
    const cookie = header.split(";", 1)[0] ?? "";
    expect(await whoIs(`other=1; ${cookie}; more=2`)).toBe("admin");
    expect((await fetch(`${server.url}/api/notifications`, { headers: { cookie } })).status).toBe(200);
    using stream = await openSse(`${server.url}/api/notifications/stream`, { headers: { cookie } });
    expect(stream.status).toBe(200);
  });

  test("answers a wrong password and an unknown address alike, and repeats neither", async () => {
    const attempts = [
      { email: EMAIL, password: "not the password" },
      { email: "nobody@example.com", password: PASSWORD },
    ];
    const answers = await Promise.all(
      attempts.map(async (input) => {
        const response = await call("session.signIn", input);
        expect(response.headers.get("set-cookie")).toBeNull();
        return { status: response.status, text: await response.text() };
      }),
    );
    expect(answers[0]?.status).toBe(401);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.text).not.toMatch(/not the password|nobody@|correct horse/);
  });

  test("refuses what is no sign-in without showing the password", async () => {
    for (const input of [
      { email: "admin", password: PASSWORD },
      { email: EMAIL, password: [PASSWORD] },
      { email: EMAIL, password: PASSWORD, passwrd: PASSWORD },
      [PASSWORD],
    ]) {
      const response = await call("session.signIn", input);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain(PASSWORD);
    }
  });

  test("takes no form, no text and no GET: what other sites can send", async () => {
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]) {
      const response = await fetch(`${server.url}/trpc/session.signIn`, {
        method: "POST",
        headers: { "content-type": type },
        body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get("set-cookie")).toBeNull();
    }
    const input = encodeURIComponent(JSON.stringify({ email: EMAIL, password: PASSWORD }));
    const response = await fetch(`${server.url}/trpc/session.signIn?input=${input}`);
    expect(response.status).toBe(405);
  });

  test("stores the hash of a session, never its secret, and writes who signed in into the audit trail", async () => {
    const cookie = await signIn();
    const secret = cookie.split("=")[1] ?? "";
    for (const file of readdirSync(server.folder)) {
      expect(readFileSync(join(server.folder, file)).toString("latin1")).not.toContain(secret);
    }
    using db = openDatabase(server.folder, { readonly: true });
    const rows = db.sqlite.prepare("SELECT action, target, after FROM audit ORDER BY id DESC LIMIT 1").all();
    expect(rows).toEqual([{ action: "session.create", target: "admin", after: "{}" }]);
  });
});

test("signing out ends the session at once and takes the cookie away", async () => {
  const cookie = await signIn();
  const other = await signIn();
  expect(await whoIs(cookie)).toBe("admin");
  const response = await call("session.signOut", undefined, { cookie });
  expect(response.status).toBe(200);
  expect(response.headers.get("set-cookie")).toMatch(/^belfry_session=; .*Max-Age=0/);
  expect(await whoIs(cookie)).toBeNull();
  expect((await fetch(`${server.url}/api/notifications`, { headers: { cookie } })).status).toBe(401);
  expect(await whoIs(other), "another browser stays signed in").toBe("admin");
});

test("signing out twice at once, or once more, ends in the same: no session, and no cookie", async () => {
  const cookie = await signIn();
  const signOut = () => call("session.signOut", undefined, { cookie });
  const answers = [...(await Promise.all([signOut(), signOut(), signOut()])), await signOut()];
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ result: { data: null } });
    expect(answer.headers.get("set-cookie")).toMatch(/^belfry_session=; .*Max-Age=0/);
  }
});

test("a session lives 30 days from its last use", async () => {
  const cookie = await signIn();
  const first = readExpiry();
  expect(first).toBe(clock.now() + 30 * DAY);
  clock.advance(29 * DAY);
  expect(await whoIs(cookie)).toBe("admin");
  await expect.poll(readExpiry).toBe(clock.now() + 30 * DAY);
  clock.advance(29 * DAY);
  expect(await whoIs(cookie)).toBe("admin");
  await expect.poll(readExpiry).toBe(clock.now() + 30 * DAY);
  clock.advance(30 * DAY);
  expect(await whoIs(cookie), "unused for 30 days").toBeNull();
  expect((await fetch(`${server.url}/api/notifications`, { headers: { cookie } })).status).toBe(401);
});

describe("a page of another site", () => {
  const publish = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/notifications`, {
      method: "POST",
      headers: { ...JSON_TYPE, ...headers },
      body: '{"message":"forged"}',
    });

  test.each([
    "https://evil.example.com",
    "null",
    "http://127.0.0.1",
    `${PAGE}.evil.com`,
    "http://app.example.com",
    "x",
  ])("(%s) cannot publish with a signed-in browser's cookie", async (origin) => {
    const cookie = await signIn();
    const before = server.storedIds();
    const response = await publish({ cookie, origin });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("BELFRY_ALLOWED_ORIGINS");
    expect((await call("notifications.publish", { message: "forged" }, { cookie, origin })).status).toBe(403);
    expect((await call("session.signOut", undefined, { cookie, origin })).status).toBe(403);
    expect(server.storedIds()).toEqual(before);
    expect(await whoIs(cookie)).toBe("admin");
  });

  test("that is the hub's own, or an allowed one, can", async () => {
    const cookie = await signIn();
    for (const origin of [server.url, PAGE, "http://localhost:3000"]) {
      expect((await publish({ cookie, origin })).status).toBe(201);
      expect((await call("notifications.publish", { message: "m" }, { cookie, origin })).status).toBe(200);
    }
  });
});

describe("CORS", () => {
  const routes: [string, RequestInit][] = [
    ["/api/notifications", {}],
    ["/api/notifications?limit=0", {}],
    ["/api/nowhere", {}],
    ["/api/notifications", { method: "POST", body: "{", headers: JSON_TYPE }],
    ["/trpc/session.current", {}],
    ["/trpc/notifications.list", {}],
    ["/trpc/nowhere", {}],
    ["/trpc/notifications.publish", { method: "POST", body: "{}", headers: JSON_TYPE }],
  ];
  test.each(routes)("lets pages of a configured origin, and of no other, read %s (%o)", async (path, init) => {
    for (const credential of [{}, { authorization: "Bearer wrong" }]) {
      for (const [origin, expected] of [
        [PAGE, PAGE],
        ["https://evil.example.com", null],
      ] as const) {
        const headers = { ...(init.headers as Record<string, string>), ...credential, origin };
        const response = await server.fetch(path, { ...init, headers });
        await response.body?.cancel();
        expect(response.headers.get("access-control-allow-origin")).toBe(expected);
      }
    }
  });

  test("answers a preflight of a configured origin, and gives another nothing", async () => {
    const ask = (origin: string) =>
      fetch(`${server.url}/api/notifications`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
      });
    const allowed = await ask(PAGE);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(allowed.headers.get("access-control-allow-methods")).toContain("POST");
    expect(allowed.headers.get("access-control-allow-headers")).toMatch(/authorization.*content-type.*last-event-id/);
    expect((await ask("https://evil.example.com")).headers.get("access-control-allow-origin")).toBeNull();
  });
});

test.each([
  ["https://hub.example.com", true],
  ["http://hub.example.com", false],
])("with the public URL %s the cookie is Secure and bound to the host: %s", async (url, secure) => {
  await using other = await startTestServer({ env: { BELFRY_PUBLIC_URL: url } });
  expect(other.running.setUpLink).toMatch(new RegExp(`^${url}/`));
  const secret = new URL(other.running.setUpLink ?? "").hash.slice(1);
  const setUp = (origin: string) =>
    fetch(`${other.url}/trpc/session.setUp`, {
      method: "POST",
      headers: { ...JSON_TYPE, origin },
      body: JSON.stringify({ secret, email: EMAIL, password: PASSWORD }),
    });
  expect((await setUp(other.url)).status, "its own address is not what its users see").toBe(403);
  const cookie = (await setUp(url)).headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(secure ? /^__Host-belfry_session=/ : /^belfry_session=/);
  expect(cookie.split("; ").includes("Secure")).toBe(secure);
  expect(cookie).not.toContain("Domain");
  const current = async (sent: string) =>
    await (await fetch(`${other.url}/trpc/session.current`, { headers: { cookie: sent } })).text();
  const own = cookie.split(";", 1)[0] ?? "";
  expect(await current(own)).toContain('"role":"admin"');
  const planted = `${secure ? "" : "__Host-"}belfry_session=${own.split("=")[1]}`;
  expect(await current(planted), "the other name is no session's").toContain('"user":null');
});

test("nothing of this file put a password or a session into the log", async () => {
  const cookie = await signIn();
  const text = server.logs.join("");
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain(cookie.split("=")[1]);
});
