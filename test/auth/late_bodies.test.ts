/** A body may take its time. What its sender may do is judged when it has arrived, not when it was announced. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Credential, JWT_SECRET, makeToken, makeUser, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

let server: TestServer;
let admin: Credential;
beforeAll(async () => {
  server = await startTestServer({ env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

/** Sends a request but for the last byte of its body; `finish` sends that and answers with the status. */
async function begin(method: string, path: string, body: object, headers: Credential): Promise<() => Promise<number>> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const text = JSON.stringify(body);
  const lines = Object.entries({ host: "hub", "content-type": "application/json", ...headers });
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  socket.write(`${head.join("\r\n")}\r\ncontent-length: ${text.length}\r\n\r\n${text.slice(0, -1)}`);
  // The hub has seen the beginning once it has answered what was sent later.
  await query(server, "session.current", undefined);
  return async () => {
    socket.write(text.slice(-1));
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1]);
  };
}

const DRAFT = { message: "too late" };
const PREFERENCES = { minSeverity: "error" };
const TYPE = { name: "late.type", schema: { type: "object" } };
const MUTATIONS: [string, string, object][] = [
  ["POST", "/trpc/notifications.publish", DRAFT],
  ["POST", "/trpc/tokens.create", { name: "late" }],
  ["POST", "/trpc/users.invite", { email: "late@example.com" }],
  ["POST", "/api/notifications", DRAFT],
  ["POST", "/api/notifications/read", { ids: [1] }],
  ["PATCH", "/api/preferences", PREFERENCES],
  ["PUT", "/api/preferences", PREFERENCES],
  ["POST", "/api/types", TYPE],
  ["PATCH", "/api/scheduled/1", { deliverAt: "+1h" }],
];

test.each(MUTATIONS)("%s %s does nothing when its token is revoked before its body is there", async (...request) => {
  const token = await makeToken(server, admin, { scopes: ["admin"] });
  const stored = server.storedIds();
  const finish = await begin(...request, token.headers);
  expect(await mutate(server, "tokens.revoke", { id: token.id }, admin)).toMatchObject({ status: 200 });
  expect(await finish()).toBe(401);
  expect(server.storedIds()).toEqual(stored);
  const types = await query(server, "types.list", undefined, admin);
  expect(types.text).not.toContain("late.type");
});

test("a session that ends, and a user who is disabled or made a member, do nothing either", async () => {
  const invite: [string, string, object] = ["POST", "/trpc/users.invite", { email: "late@example.com" }];
  const ada = await makeUser(server, admin, { id: "ada", role: "admin" });
  const bob = await makeUser(server, admin, { id: "bob", role: "admin" });
  const cleo = await signJwt({ sub: "cleo", exp: 9_999_999_999 });
  expect((await query(server, "tokens.list", undefined, cleo)).status).toBe(200);
  const [byAda, byBob, byCleo] = [
    await begin(...invite, ada),
    await begin(...invite, bob),
    await begin("POST", "/trpc/tokens.create", { name: "late" }, cleo),
  ];
  await mutate(server, "session.signOut", undefined, ada);
  await mutate(server, "users.update", { id: "bob", role: "member" }, admin);
  await mutate(server, "users.disable", { id: "cleo" }, admin);
  expect([await byAda(), await byBob(), await byCleo()]).toEqual([401, 403, 401]);
  const { text } = await query(server, "users.list", undefined, admin);
  expect(text).not.toContain("late@example.com");
});

test("a body that takes its time is taken from who still may", async () => {
  const token = await makeToken(server, admin, {});
  const finish = await begin("POST", "/api/notifications", { message: "slow" }, token.headers);
  expect(await finish()).toBe(201);
});
