import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import type { UserView } from "../../server/trpc/users.ts";
import { type Clock, createClock } from "../_clock.ts";
import { JWT_SECRET, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";

const MINUTE = 60_000;
const PASSWORD = "correct horse battery staple";
const EMAIL = "Admin@Example.com";

/** Calls a mutation without any credential. */
function call(server: TestServer, path: string, input: unknown): Promise<Response> {
  return fetch(`${server.url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
}

const secretOf = (server: TestServer) => new URL(server.running.setUpLink ?? "").hash.slice(1);

async function setUp(server: TestServer, secret = secretOf(server)): Promise<Response> {
  return await call(server, "session.setUp", { secret, email: EMAIL, password: PASSWORD });
}

async function current(server: TestServer): Promise<unknown> {
  const response = await fetch(`${server.url}/trpc/session.current`);
  return ((await response.json()) as { result: { data: unknown } }).result.data;
}

function countUsers({ folder }: TestServer): number {
  using db = openDatabase(folder, { readonly: true });
  return db.sqlite.prepare("SELECT count(*) FROM users").pluck().get() as number;
}

const start = (clock: Clock) => startTestServer({ now: clock.now });

test("the set-up link keeps its secret behind #, where no server and no proxy sees it", async () => {
  await using server = await start(createClock());
  const link = new URL(server.running.setUpLink ?? "");
  expect(link.origin).toBe(server.url);
  expect(link.search).toBe("");
  expect(link.hash.slice(1)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(await current(server)).toEqual({ user: null, needsSetUp: true });
});

test("the set-up link makes the first admin and signs in; then there is no link and no second set-up", async () => {
  await using server = await start(createClock());
  const secret = secretOf(server);
  const response = await setUp(server);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(JSON.parse(text).result.data).toEqual({
    id: "admin",
    email: EMAIL.toLowerCase(),
    name: "Admin",
    role: "admin",
  });
  expect(response.headers.get("set-cookie")).toContain("belfry_session=");
  expect(text).not.toContain(PASSWORD);
  expect(await current(server)).toEqual({ user: null, needsSetUp: false });

  const second = await setUp(server);
  expect(second.status).toBe(409);
  expect(second.headers.get("set-cookie")).toBeNull();
  expect(countUsers(server)).toBe(1);

  // Neither password nor secret is anywhere: not in a file, not in a log.
  for (const file of readdirSync(server.folder)) {
    const bytes = readFileSync(join(server.folder, file)).toString("latin1");
    expect(bytes).not.toContain(PASSWORD);
    expect(bytes).not.toContain(secret);
  }
  expect(server.logs.join("")).not.toMatch(new RegExp(`${PASSWORD}|${secret}`));
});

test("the set-up link is valid for 30 minutes", async () => {
  const clock = createClock();
  await using server = await start(clock);
  clock.advance(30 * MINUTE);
  const late = await setUp(server);
  expect(late.status).toBe(401);
  expect(await late.text()).toContain("not valid any more");
  expect(late.headers.get("set-cookie")).toBeNull();
  clock.advance(-1);
  expect((await setUp(server)).status).toBe(200);
});

test.each(["wrong", "", "x".repeat(200), "A".repeat(43)])(
  "a wrong set-up secret (%j) makes nobody and is not repeated",
  async (secret) => {
    await using server = await start(createClock());
    const response = await setUp(server, secret);
    expect([400, 401]).toContain(response.status);
    if (secret !== "" && secret !== "wrong") expect(await response.text()).not.toContain(secret);
    expect(countUsers(server)).toBe(0);
  },
);

test("of many set-ups at once exactly one makes an admin", async () => {
  await using server = await start(createClock());
  const responses = await Promise.all(
    ["a", "b", "c", "d"].map((name) =>
      call(server, "session.setUp", { secret: secretOf(server), email: `${name}@example.com`, password: PASSWORD }),
    ),
  );
  expect(responses.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
  expect(responses.filter(({ headers }) => headers.has("set-cookie"))).toHaveLength(1);
  expect(countUsers(server)).toBe(1);
});

test("each start has a new link, the old one is worth nothing, and with an admin there is none", async () => {
  const clock = createClock();
  await using first = await start(clock);
  const { folder } = first;
  const old = secretOf(first);
  await first.running[Symbol.asyncDispose]();
  {
    await using second = await startTestServer({ folder, now: clock.now });
    expect(secretOf(second)).not.toBe(old);
    expect((await setUp(second, old)).status).toBe(401);
    expect((await setUp(second)).status).toBe(200);
  }
  await using third = await startTestServer({ folder, now: clock.now });
  expect(third.running.setUpLink).toBeNull();
});

test("users of another application, whatever they are called, keep nobody from setting up", async () => {
  const clock = createClock();
  await using server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  for (const claims of [{ sub: "admin", email: EMAIL }, { sub: "admin-2" }, { sub: EMAIL.toLowerCase() }]) {
    const jwt = await signJwt({ ...claims, exp: clock.now() / 1_000 + 60 });
    expect((await query(server, "channels.list", undefined, jwt)).status).toBe(200);
  }
  expect(await current(server)).toEqual({ user: null, needsSetUp: true });
  const response = await setUp(server);
  expect(response.status).toBe(200);
  const { data } = ((await response.json()) as { result: { data: unknown } }).result;
  expect(data).toMatchObject({ id: "admin-3", email: EMAIL.toLowerCase(), role: "admin" });
  const cookie = (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
  const users = await query<UserView[]>(server, "users.list", undefined, { cookie });
  expect(users.data.map(({ id, email, role }) => [id, email, role])).toEqual([
    ["admin", null, "member"],
    ["admin-2", null, "member"],
    ["admin-3", EMAIL.toLowerCase(), "admin"],
    [EMAIL.toLowerCase(), null, "member"],
  ]);
});

test.each([
  ["a short password", { password: "123456789" }, "password"],
  ["a password that is too long", { password: "x".repeat(257) }, "password"],
  ["no e-mail address", { email: "admin" }, "email"],
])("set-up refuses %s and shows no password", async (_, fields, word) => {
  await using server = await start(createClock());
  const input = { secret: secretOf(server), email: EMAIL, password: PASSWORD, ...fields };
  const response = await call(server, "session.setUp", input);
  expect(response.status).toBe(400);
  const text = await response.text();
  expect(text).toContain(word);
  expect(text).not.toContain(input.password);
  expect(text).not.toContain(input.secret);
  expect(countUsers(server)).toBe(0);
});
