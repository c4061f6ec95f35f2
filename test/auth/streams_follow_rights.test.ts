import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Credential, makeToken, makeUser, mutate, query, secretOf, signIn } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse, type SseStream } from "../_sse.ts";
import { Program } from "../scripts/_program.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
/** The typed stream by a path that our transport leaves to tRPC's own handler. */
const ITERATED = "/trpc/notifications%2Esubscribe";
const PATHS = [PLAIN, TYPED, ITERATED] as const;
const WATCH = "/trpc/stats.watch";
/** How soon a stream follows its caller's rights, in ms. */
const SOON = 1_000;

let server: TestServer;
let admin: Credential;
let mia: Credential;
beforeAll(async () => {
  server = await startTestServer();
  admin = { cookie: await signInAdmin(server) };
  mia = await makeUser(server, admin, { id: "mia" });
});
afterAll(() => server[Symbol.asyncDispose]());

let serial = 0;
/** A new channel that nobody but admins may read. */
async function makeChannel(): Promise<string> {
  serial += 1;
  const name = `room-${serial}`;
  await server.createChannel(name);
  await change("channels.revoke", { channel: name, permission: "read", audience: "everyone" });
  return name;
}

async function change(path: string, input: unknown, by: Credential = admin): Promise<void> {
  const { status, text } = await mutate(server, path, input, by);
  expect(status, text).toBe(200);
}

const readGrant = (channel: string) => ({ channel, permission: "read", audience: "user", userId: "mia" });
const grant = (channel: string) => change("channels.grant", readGrant(channel));
const ungrant = (channel: string) => change("channels.revoke", readGrant(channel));

/** Opens a stream and waits until it has begun. */
async function follow(path: string, headers: Credential, channels?: readonly string[]): Promise<SseStream> {
  const input = encodeURIComponent(JSON.stringify({ channels }));
  const search = channels ? (path === PLAIN ? `?channels=${channels.join(",")}` : `?input=${input}`) : "";
  const stream = await openSse(server.url + path + search, { headers });
  expect(stream.status).toBe(200);
  for (let begun = false; !begun; ) {
    const { event, data } = await stream.next();
    expect(event, data).not.toBe("serialized-error");
    begun = data.includes('"clientId"');
  }
  return stream;
}

/** Waits until a stream ends after a change, in time and saying why. */
async function expectEnd(stream: SseStream, path: string, reason = "revoked"): Promise<void> {
  const since = performance.now();
  const text = await stream.ended;
  expect(performance.now() - since).toBeLessThan(SOON);
  // Statistics end with an error of tRPC's.
  if (path !== WATCH) expect(text).toMatch(new RegExp(`"?ended.*reason":"${reason}"`, "s"));
  expect(text).not.toContain("not any more");
}

describe.each(PATHS)("the stream %s", (path) => {
  test("ends when its token is revoked, and no other stream of its owner does", async () => {
    const [one, other] = [await makeToken(server, mia, {}), await makeToken(server, mia, {})];
    using ending = await follow(path, one.headers);
    using staying = await follow(path, other.headers);
    await change("tokens.revoke", { id: one.id }, mia);
    await expectEnd(ending, path);
    const { id } = await server.publish({ message: "still there" });
    expect(await nextNotification(staying)).toMatchObject({ id });
    await change("tokens.revoke", { id: other.id }, admin);
    await expectEnd(staying, path);
  });

  test("ends when its session does: by sign-out, from another session, by a new password", async () => {
    const user = `sam-${PATHS.indexOf(path)}`;
    const first = await makeUser(server, admin, { id: user });
    const second = await signIn(server, user);
    const third = await signIn(server, user);
    using signedOut = await follow(path, second);
    await change("session.signOut", undefined, second);
    await expectEnd(signedOut, path);

    using ended = await follow(path, third);
    const sessions = await query<{ id: string; isCurrent: boolean }[]>(server, "session.list", undefined, first);
    const [other] = sessions.data.filter(({ isCurrent }) => !isCurrent);
    await change("session.end", { id: other?.id }, first);
    await expectEnd(ended, path);

    using reset = await follow(path, first);
    const link = await mutate(server, "users.resetPassword", { id: user }, admin);
    await change("session.acceptLink", { secret: secretOf(link), password: "another long password" }, {});
    await expectEnd(reset, path);
  });

  test("ends when its user is disabled or deleted, with a session and with a token", async () => {
    const id = `gus-${PATHS.indexOf(path)}`;
    const user = await makeUser(server, admin, { id });
    const token = await makeToken(server, user, {});
    {
      using bySession = await follow(path, user);
      using byToken = await follow(path, token.headers);
      await change("users.disable", { id });
      await Promise.all([expectEnd(bySession, path), expectEnd(byToken, path)]);
    }
    await change("users.enable", { id });
    using byToken = await follow(path, token.headers);
    using bySession = await follow(path, await signIn(server, id));
    await change("users.delete", { id });
    await Promise.all([expectEnd(bySession, path), expectEnd(byToken, path)]);
  });

  test("narrows when a grant is removed: the other channels go on without gap or repeat", async () => {
    const [stays, goes] = [await makeChannel(), await makeChannel()];
    await grant(stays);
    await grant(goes);
    using stream = await follow(path, mia, [stays, goes]);
    const wanted: number[] = [];
    const publish = async (channel: string, message: string) => (await server.publish({ channel, message })).id;
    for (let n = 0; n < 20; n += 1) {
      wanted.push(await publish(stays, `a ${n}`));
      wanted.push(await publish(goes, `b ${n}`));
    }
    // While publishes are under way, so that it narrows in the middle of them.
    const during = Promise.all(Array.from({ length: 20 }, (_, n) => publish(stays, `during ${n}`)));
    await ungrant(goes);
    wanted.push(...(await during).toSorted((a, b) => a - b));
    await publish(goes, "not any more");
    wanted.push(await publish(stays, "the last"));
    const seen: number[] = [];
    while (seen.at(-1) !== wanted.at(-1)) seen.push((await nextNotification(stream)).id);
    expect(seen).toEqual(wanted);
    expect(stream.text).not.toMatch(/"gap"|event: gap|not any more/);
  });

  test("ends when the last of the channels that it asked for may not be read any more", async () => {
    const [first, last] = [await makeChannel(), await makeChannel()];
    await grant(first);
    await grant(last);
    using stream = await follow(path, mia, [first, last]);
    await ungrant(first);
    const { id } = await server.publish({ channel: last, message: "still there" });
    expect(await nextNotification(stream)).toMatchObject({ id });
    await ungrant(last);
    await server.publish({ channel: last, message: "not any more" });
    await expectEnd(stream, path);
  });

  test("of all that its caller may read widens when a grant is given, and a new channel is made", async () => {
    const channel = await makeChannel();
    using stream = await follow(path, mia);
    await grant(channel);
    const granted = await server.publish({ channel, message: "granted" });
    expect(await nextNotification(stream)).toMatchObject({ id: granted.id });
    const name = `new-${serial}-${PATHS.indexOf(path)}`;
    await server.createChannel(name);
    const made = await server.publish({ channel: name, message: "made" });
    expect(await nextNotification(stream)).toMatchObject({ id: made.id });
    await ungrant(channel);
    await server.publish({ channel, message: "not any more" });
    const general = await server.publish({ message: "general" });
    expect(await nextNotification(stream)).toMatchObject({ id: general.id });
    expect(stream.text).not.toContain("not any more");
  });

  test("of nobody follows a public channel, whatever cookies the browser has, until it is not public", async () => {
    const channel = await makeChannel();
    const audience = { channel, permission: "read", audience: "public" };
    await change("channels.grant", audience);
    using stream = await follow(path, { cookie: "theme=dark; consent=yes" }, [channel]);
    await grant(channel);
    const { id } = await server.publish({ channel, message: "for anybody" });
    expect(await nextNotification(stream)).toMatchObject({ id });
    await change("channels.revoke", audience);
    await server.publish({ channel, message: "not any more" });
    await expectEnd(stream, path);
  });

  test("of an admin narrows to the rights of a member when the role is taken away", async () => {
    const id = `kim-${PATHS.indexOf(path)}`;
    const kim = await makeUser(server, admin, { id, role: "admin" });
    const token = await makeToken(server, kim, { scopes: ["admin"] });
    const channel = await makeChannel();
    using bySession = await follow(path, kim);
    using byToken = await follow(path, token.headers);
    const seen = await server.publish({ channel, message: "for admins" });
    for (const stream of [bySession, byToken]) expect(await nextNotification(stream)).toMatchObject({ id: seen.id });
    await change("users.update", { id, role: "member" });
    await server.publish({ channel, message: "not any more" });
    const { id: last } = await server.publish({ message: "for everyone" });
    for (const stream of [bySession, byToken]) {
      expect(await nextNotification(stream)).toMatchObject({ id: last });
      expect(stream.text).not.toContain("not any more");
    }
  });
});

test("streams end within a second after `belfry token revoke`, a process of its own", async () => {
  const token = await makeToken(server, mia, {});
  using plain = await follow(PLAIN, token.headers);
  using typed = await follow(TYPED, token.headers);
  await using program = new Program(["token", "revoke", String(token.id), "--data", server.folder]);
  await program.prints(/is revoked/);
  await Promise.all([expectEnd(plain, PLAIN), expectEnd(typed, TYPED)]);
  expect((await fetch(`${server.url}/api/notifications`, { headers: token.headers })).status).toBe(401);
});

test("a stream of statistics ends when its admin is one no more, or the token is revoked", async () => {
  const ada = await makeUser(server, admin, { id: "ada", role: "admin" });
  const token = await makeToken(server, ada, { scopes: ["admin"] });
  const watch = async (headers: Credential) => {
    const stream = await openSse(server.url + WATCH, { headers });
    while (!(await stream.next()).data.includes('"readers"'));
    return stream;
  };
  using byToken = await watch(token.headers);
  using bySession = await watch(ada);
  await change("tokens.revoke", { id: token.id });
  await expectEnd(byToken, WATCH);
  await change("users.update", { id: "ada", role: "member" });
  await expectEnd(bySession, WATCH);
});

test("an expired token's stream ends, and says so", async () => {
  let ahead = 0;
  await using other = await startTestServer({ now: () => Date.now() + ahead });
  const owner = { cookie: await signInAdmin(other) };
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  const token = await makeToken(other, owner, { expiresAt });
  using plain = await openSse(other.url + PLAIN, { headers: token.headers });
  using typed = await openSse(other.url + TYPED, { headers: token.headers });
  await Promise.all([plain.take(2), typed.take(2)]);
  ahead = 61_000;
  await Promise.all([expectEnd(plain, PLAIN, "expired"), expectEnd(typed, TYPED, "expired")]);
});
