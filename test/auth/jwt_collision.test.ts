/** A JWT names its user by itself. Where that is the id of one of the hub's own admins, it is somebody else. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { TokenView } from "../../server/trpc/tokens.ts";
import { createClock } from "../_clock.ts";
import {
  type Credential,
  JWT_SECRET,
  makeToken,
  makeUser,
  mutate,
  PASSWORD,
  query,
  secretOf,
  signIn,
  signJwt,
} from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse } from "../_sse.ts";

const clock = createClock();
let server: TestServer;
let admin: Credential;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

let serial = 0;
let id: string;
beforeEach(() => {
  serial += 1;
  id = `user-${serial}`;
});

const sign = (claims: object = {}) => signJwt({ sub: id, exp: clock.now() / 1_000 + 3_600, ...claims });
const current = async (headers: Credential) =>
  (await query<{ user: { role: string } | null }>(server, "session.current", undefined, headers)).data.user;
const createToken = (headers: Credential) =>
  mutate<TokenView & { secret: string }>(server, "tokens.create", { name: `of ${id}` }, headers);

test("a JWT with the id of an admin with a password is nobody: it mints, lists, revokes and reads nothing", async () => {
  const own = await makeUser(server, admin, { id, role: "admin" });
  const token = await makeToken(server, own, {});
  const stored = await server.publish({ message: "for one", to: id });
  const jwt = await sign();
  expect(await current(jwt)).toBeNull();
  const logged = server.logs.length;
  expect(await createToken(jwt)).toMatchObject({ status: 401 });
  expect(await query(server, "tokens.list", undefined, jwt)).toMatchObject({ status: 401 });
  expect(await mutate(server, "tokens.revoke", { id: token.id }, jwt)).toMatchObject({ status: 401 });
  expect(await query(server, "notifications.get", { id: stored.id }, jwt)).toMatchObject({ status: 401 });
  expect(await mutate(server, "notifications.publish", { message: "m" }, jwt)).toMatchObject({ status: 401 });
  expect(server.logs.slice(logged).join("")).toContain("is an admin of the hub's own");
  expect(await query(server, "tokens.list", undefined, token.headers), "the real one goes on").toMatchObject({
    status: 403,
  });
});

test("a JWT with the id of an invited admin is nobody, whether the link is open, too old or used", async () => {
  const input = { id, email: `${id}@example.com`, role: "admin" };
  expect((await mutate(server, "users.invite", input, admin)).status).toBe(200);
  expect(await current(await sign())).toBeNull();
  expect((await createToken(await sign())).status).toBe(401);
  clock.advance(3 * 24 * 3_600_000);
  expect(await current(await sign())).toBeNull();
  admin = await signIn(server, "admin");
  const again = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
  expect((await mutate(server, "session.acceptLink", { secret: again, password: PASSWORD })).status).toBe(200);
  expect(await current(await sign())).toBeNull();
});

test("a JWT is nobody from the moment on that its user is made an admin with a password, its stream included", async () => {
  await makeUser(server, admin, { id });
  const jwt = await sign();
  expect(await current(jwt)).toMatchObject({ role: "member" });
  using stream = await openSse(`${server.url}/api/notifications/stream`, { headers: jwt });
  await stream.take(2);
  await mutate(server, "users.update", { id, role: "admin" }, admin);
  expect(await stream.ended).toContain('"reason":"revoked"');
  expect((await createToken(jwt)).status).toBe(401);
});

test("a JWT that makes its holder an admin is one, and so is a user of another application who was made one", async () => {
  await makeUser(server, admin, { id, role: "admin" });
  expect(await current(await sign({ roles: ["admin"] }))).toMatchObject({ role: "admin" });
  id = `${id}-elsewhere`;
  expect(await current(await sign())).toMatchObject({ role: "member" });
  await mutate(server, "users.update", { id, role: "admin" }, admin);
  expect(await current(await sign())).toMatchObject({ role: "admin" });
  expect((await createToken(await sign())).status).toBe(200);
});

test("an admin by JWT alone makes no token of the scope admin, because it would not be worth that", async () => {
  const jwt = await sign({ roles: ["admin"] });
  const create = (scopes: string[]) => mutate(server, "tokens.create", { name: `${id} ${scopes}`, scopes }, jwt);
  const refused = await create(["admin"]);
  expect(refused).toMatchObject({ status: 403, text: expect.stringContaining("a token has the rights of user") });
  expect((await create(["read"])).status).toBe(200);
  await mutate(server, "users.update", { id, role: "admin" }, admin);
  expect((await create(["admin"])).status).toBe(200);
});
