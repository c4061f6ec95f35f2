import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Writer } from "../../db/writer.ts";
import { makeToken, type NewToken } from "../../server/auth/secrets.ts";
import { createClock } from "../_clock.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { openSse } from "../_sse.ts";

const clock = createClock();
let serial = 0;
const by = () => ({ actor: { id: "cli" }, at: clock.now() });
let server: TestServer;
/** A second writer of the same folder, as `belfry token create` beside a running server has. */
let writer: Writer;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now });
  writer = await Writer.start(server.folder);
});
afterAll(async () => {
  await writer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function create(expiresAt: number | null = null, name = `ci-${++serial}`): Promise<NewToken & { id: number }> {
  const token = makeToken();
  const { secret: _, ...stored } = token;
  const rights = { userId: null, scopes: ["read", "publish"], patterns: ["*"] };
  const input = { ...by(), ...stored, ...rights, name, expiresAt };
  const { id } = await writer.execute({ kind: "token.create", input });
  return { ...token, id };
}

const status = async (secret: string) => {
  const response = await fetch(`${server.url}/api/notifications`, { headers: { authorization: `Bearer ${secret}` } });
  await response.body?.cancel();
  return response.status;
};

test("a token that another process made opens the running server at once, and names itself as sender", async () => {
  const { secret } = await create(null, "ci");
  expect(secret).toMatch(/^bf_[A-Za-z0-9_-]{43}$/);
  const response = await fetch(`${server.url}/api/notifications`, {
    method: "POST",
    headers: { authorization: `bearer ${secret}`, "content-type": "text/plain" },
    body: "from a script",
  });
  expect(response.status).toBe(201);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ sender: "token:ci", message: "from a script" });
  expect(text).not.toContain(secret);
  using stream = await openSse(`${server.url}/api/notifications/stream?token=${secret}`);
  expect(stream.status).toBe(200);
});

test("a token is stored as its hash: its secret is in no file and no log", async () => {
  const { secret, hash, prefix } = await create();
  expect(await status(secret)).toBe(200);
  const files = readdirSync(server.folder).map((file) => readFileSync(join(server.folder, file)).toString("latin1"));
  expect(files.some((bytes) => bytes.includes(hash))).toBe(true);
  expect(secret.startsWith(prefix)).toBe(true);
  for (const bytes of files) {
    expect(bytes).not.toContain(secret);
    expect(bytes).not.toContain(secret.slice(prefix.length));
  }
  expect(server.logs.join("")).not.toContain(secret);
  expect(await status(hash), "a hash that leaked opens nothing").toBe(401);
});

test("a token that expires, or is revoked, opens nothing a second later", async () => {
  const expiring = await create(clock.now() + 60_000);
  const revoked = await create();
  expect(await status(expiring.secret)).toBe(200);
  expect(await status(revoked.secret)).toBe(200);
  await writer.execute({ kind: "token.revoke", input: { ...by(), id: revoked.id, userId: null } });
  clock.advance(1_001);
  expect(await status(revoked.secret)).toBe(401);
  clock.advance(60_000);
  expect(await status(expiring.secret)).toBe(401);
});

test("parts of a token, and a token in a cookie, open nothing", async () => {
  const { secret } = await create();
  for (const wrong of [secret.slice(0, -1), `${secret}x`, secret.slice(3), secret.toUpperCase()]) {
    expect(await status(wrong)).toBe(401);
  }
  const response = await fetch(`${server.url}/api/notifications`, { headers: { cookie: `belfry_session=${secret}` } });
  expect(response.status).toBe(401);
});
