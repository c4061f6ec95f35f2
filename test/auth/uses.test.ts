/** What counts as a use of a session or a token: requests do, and that the hub looks at an open stream again does not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionView } from "../../server/trpc/session.ts";
import type { TokenView } from "../../server/trpc/tokens.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate, query, signIn } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse } from "../_sse.ts";

const DAY = 24 * 3_600_000;
const HERE = { "x-forwarded-for": "203.0.113.7" };
const clock = createClock();
let server: TestServer;
let admin: Credential;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_TRUSTED_PROXIES: "127.0.0.1" } });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

const STREAM = "/api/notifications/stream";
const tokenOf = async (id: number) => {
  const { data } = await query<TokenView[]>(server, "tokens.list", undefined, admin);
  return data.find((token) => token.id === id);
};

test("a stream that is judged again wipes neither when nor from where its token was used last", async () => {
  const { id, headers } = await makeToken(server, admin, {});
  using stream = await openSse(server.url + STREAM, { headers: { ...headers, ...HERE } });
  await stream.take(2);
  const used = { lastUsedAt: new Date(clock.now()).toISOString(), lastUsedAddress: HERE["x-forwarded-for"] };
  await expect.poll(() => tokenOf(id)).toMatchObject(used);
  clock.advance(120_000);
  // Rights change, and the stream is judged: it follows the new channel.
  await server.createChannel("judged");
  const published = await server.publish({ channel: "judged", message: "m" });
  expect(await nextNotification(stream)).toMatchObject({ id: published.id });
  // Whatever the hub writes, it writes in order.
  await server.publish({ message: "m" });
  expect(await tokenOf(id)).toMatchObject(used);
});

test("reading /metrics is a use, from where it is read", async () => {
  const { id, headers } = await makeToken(server, admin, { scopes: ["admin"] });
  const response = await fetch(`${server.url}/metrics`, { headers: { ...headers, ...HERE } });
  expect(response.status).toBe(200);
  await response.text();
  await expect.poll(() => tokenOf(id)).toMatchObject({ lastUsedAddress: HERE["x-forwarded-for"] });
});

test("a stream ends with the session that opened it, unless that has been used since", async () => {
  const used = await makeUser(server, admin, { id: "mia" });
  const unused = await signIn(server, "mia");
  using kept = await openSse(server.url + STREAM, { headers: used });
  using left = await openSse(server.url + STREAM, { headers: unused });
  await Promise.all([kept.take(2), left.take(2)]);
  clock.advance(29 * DAY);
  const sessions = async () => (await query<SessionView[]>(server, "session.list", undefined, used)).data;
  const isUsed = async () => (await sessions()).some(({ lastUsedAt }) => Date.parse(lastUsedAt) === clock.now());
  await expect.poll(isUsed).toBe(true);
  clock.advance(DAY);
  expect(await left.ended).toMatch(/event: ended\ndata: {"reason":"expired"}\n\n$/);
  expect((await query<{ user: unknown }>(server, "session.current", undefined, unused)).data.user).toBeNull();
  const admins = await signIn(server, "admin");
  const sent = await mutate<{ id: number }>(server, "notifications.publish", { message: "m" }, admins);
  expect(await nextNotification(kept)).toMatchObject({ id: sent.data.id });
});
