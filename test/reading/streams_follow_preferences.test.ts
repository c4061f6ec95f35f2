/** What a person's preferences do to the person's streams, and what they leave alone. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createClock } from "../_clock.ts";
import { type Credential, JWT_SECRET, makeToken, makeUser, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
/** The typed stream by a path that our transport leaves to tRPC's own handler. */
const ITERATED = "/trpc/notifications%2Esubscribe";
const PATHS = [PLAIN, TYPED, ITERATED] as const;

const clock = createClock(Date.UTC(2030, 0, 15, 12));
let server: TestServer;
let admin: Credential;
let mia: Credential;
let serial = 0;
beforeAll(async () => {
  server = await startTestServer({
    now: clock.now,
    channels: ["orders", "deploys"],
    env: { BELFRY_JWT_SECRET: JWT_SECRET },
  });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  serial += 1;
  mia = await makeUser(server, admin, { id: `mia-${serial}` });
});

async function change(path: string, input: unknown, by: Credential): Promise<void> {
  const { status, text } = await mutate(server, path, input, by);
  expect(status, text).toBe(200);
}
const set = (preferences: object, by: Credential = mia) => change("preferences.set", preferences, by);

/** Opens a stream and waits until it has begun. */
async function follow(
  path: string,
  headers: Credential,
  wishes: Record<string, string | boolean> = {},
): Promise<SseStream> {
  const search =
    path === PLAIN
      ? new URLSearchParams(wishes as Record<string, string>)
      : new URLSearchParams({ input: JSON.stringify(wishes) });
  const stream = await openSse(`${server.url}${path}?${search}`, { headers });
  expect(stream.status).toBe(200);
  for (let begun = false; !begun; ) {
    const { event, data } = await stream.next();
    expect(event, data).not.toBe("serialized-error");
    begun = data.includes('"clientId"');
  }
  return stream;
}

/** The messages that a stream is given up to one that it is given in any case. */
async function messages(stream: SseStream, last = "the last"): Promise<string[]> {
  const seen: string[] = [];
  while (seen.at(-1) !== last) seen.push((await nextNotification(stream)).message);
  return seen;
}

/** Publishes in order. */
async function publish(...drafts: object[]): Promise<void> {
  for (const draft of drafts) await server.publish(draft);
}
const LAST = { message: "the last", severity: "critical" };

describe.each(PATHS)("the stream %s", (path) => {
  test("leaves a muted channel out from the answer on, for this user only, and goes on with it when unmuted", async () => {
    const other = await makeUser(server, admin, { id: `sam-${serial}` });
    using stream = await follow(path, mia);
    using theirs = await follow(path, other);
    await publish({ channel: "orders", message: "1" });
    await set({ muted: { orders: true } });
    await publish({ channel: "orders", message: "2 muted" }, { channel: "deploys", message: "3" });
    await publish({ channel: "orders", message: "4 muted" });
    await set({ muted: { orders: null } });
    await publish({ channel: "orders", message: "5" }, LAST);
    expect(await messages(stream)).toEqual(["1", "3", "5", "the last"]);
    expect(await messages(theirs)).toEqual(["1", "2 muted", "3", "4 muted", "5", "the last"]);
    expect(stream.text).not.toMatch(/muted|"gap"|event: gap/);
  });

  test("neither loses nor repeats what is published while a channel is muted and unmuted again and again", async () => {
    using stream = await follow(path, mia);
    const wanted: string[] = [];
    for (let n = 0; n < 15; n += 1) {
      const burst = Array.from({ length: 4 }, (_, i) => `${n}.${i}`);
      await Promise.all([
        set({ muted: { orders: n % 2 === 0 ? true : null } }),
        (async () => {
          for (const message of burst) await publish({ channel: "deploys", message });
        })(),
        publish({ channel: "orders", message: `either ${n}` }),
      ]);
      wanted.push(...burst);
    }
    await publish(LAST);
    const seen = await messages(stream);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((message) => !message.startsWith("either"))).toEqual([...wanted, "the last"]);
  });

  test("gives a program everything, and a person who asks for it", async () => {
    const token = await makeToken(server, mia, { scopes: ["read"] });
    await set({ muted: { orders: true }, minSeverity: "error" });
    using program = await follow(path, token.headers);
    using everything = await follow(path, mia, { preferences: false });
    using person = await follow(path, mia);
    await publish({ channel: "orders", message: "muted", severity: "critical" }, { message: "mild" }, LAST);
    expect(await messages(program)).toEqual(["muted", "mild", "the last"]);
    expect(await messages(everything)).toEqual(["muted", "mild", "the last"]);
    expect(await messages(person)).toEqual(["the last"]);
  });

  test("of a user of another application follows preferences too", async () => {
    const jwt = await signJwt({ sub: `jo-${serial}`, exp: clock.now() / 1_000 + 3_600 });
    using stream = await follow(path, jwt);
    await set({ muted: { orders: true } }, jwt);
    await publish({ channel: "orders", message: "muted" }, LAST);
    expect(await messages(stream)).toEqual(["the last"]);
  });

  test("leaves out what is milder than wanted: in all, and of a channel", async () => {
    using stream = await follow(path, mia);
    await set({ minSeverity: "warning", channelSeverity: { orders: "error", deploys: "info" } });
    await publish(
      { message: "general info" },
      { message: "general warning", severity: "warning" },
      { channel: "orders", message: "orders warning", severity: "warning" },
      { channel: "orders", message: "orders error", severity: "error" },
      { channel: "deploys", message: "deploys info" },
      LAST,
    );
    expect(await messages(stream)).toEqual(["general warning", "orders error", "deploys info", "the last"]);
  });

  test("is the same live and resumed, through quiet hours, a mute and its end", async () => {
    using start = await follow(path, mia);
    const from = new Date(clock.now() + 3_600_000).toISOString().slice(11, 16);
    const to = new Date(clock.now() + 2 * 3_600_000).toISOString().slice(11, 16);
    await set({
      quietHours: { from, to, timeZone: "UTC" },
      muted: { deploys: new Date(clock.now() + 3 * 3_600_000).toISOString() },
    });
    const first = await server.publish({ message: "before" });
    const hour = async (name: string) => {
      clock.advance(3_600_000);
      await publish({ message: name }, { channel: "deploys", message: `${name} on deploys` });
      await publish({ message: `${name}, critical`, severity: "critical" });
    };
    await hour("quiet");
    await hour("after quiet hours");
    await hour("after the mute");
    await publish(LAST);
    const live = await messages(start);
    expect(live).toEqual([
      "before",
      "quiet, critical",
      "after quiet hours",
      "after quiet hours, critical",
      "after the mute",
      "after the mute on deploys",
      "after the mute, critical",
      "the last",
    ]);
    using resumed = await follow(path, mia, { lastEventId: first.cursor });
    expect(await messages(resumed)).toEqual(live.slice(1));
  });

  test("says that a notification is gone, also of a channel that was muted since", async () => {
    using stream = await follow(path, mia);
    const { id } = await server.publish({ channel: "orders", message: "shown" });
    expect(await nextNotification(stream)).toMatchObject({ id });
    await set({ muted: { orders: true }, minSeverity: "critical" });
    await change("notifications.remove", { id }, admin);
    for (let isTold = false; !isTold; ) isTold = (await stream.next()).data.includes(`"removed":${id}`);
  });

  test("leaves history and the notification itself alone", async () => {
    await set({ muted: { orders: true }, minSeverity: "critical" });
    const { id } = await server.publish({ channel: "orders", message: "muted" });
    const list = await query<{ items: { id: number }[] }>(server, "notifications.list", { limit: 1 }, mia);
    expect(list.data.items).toMatchObject([{ id }]);
    expect((await query(server, "notifications.get", { id }, mia)).status).toBe(200);
  });

  test("shows an admin who asks for all what is addressed to others, until the role is taken away", async () => {
    const id = `kim-${serial}`;
    const kim = await makeUser(server, admin, { id, role: "admin" });
    using all = await follow(path, kim, { all: true });
    using own = await follow(path, kim);
    await publish({ message: "to mia", to: "mia" }, { message: "to kim", to: id }, LAST);
    expect(await messages(all)).toEqual(["to mia", "to kim", "the last"]);
    expect(await messages(own)).toEqual(["to kim", "the last"]);
    await change("users.update", { id, role: "member" }, admin);
    await publish({ message: "to mia again", to: "mia" }, { message: "to kim again", to: id }, LAST);
    expect(await messages(all)).toEqual(["to kim again", "the last"]);
  });
});

test.each([
  ["a member", () => mia, 403],
  ["a member's token", async () => (await makeToken(server, mia, {})).headers, 403],
  [
    "an admin's token for some channels",
    async () => (await makeToken(server, admin, { scopes: ["admin"], patterns: ["orders"] })).headers,
    403,
  ],
  ["nobody", () => ({}), 401],
  ["an admin's token", async () => (await makeToken(server, admin, { scopes: ["admin"] })).headers, 200],
] as const)("what is addressed to others is refused to %s", async (_, credential, status) => {
  const headers = await credential();
  using plain = await openSse(`${server.url}${PLAIN}?all=true&channels=orders`, { headers });
  expect(plain.status).toBe(status);
  using typed = await openSse(`${server.url}${TYPED}?input=${encodeURIComponent('{"all":true}')}`, { headers });
  const { data } = (await typed.take(2))[1] ?? { data: "" };
  if (status === 200) expect(data).toContain("clientId");
  else expect(JSON.parse(data).data.httpStatus).toBe(status);
});

test.each(["all=maybe", "preferences=0"])("a stream with ?%s is refused", async (search) => {
  using stream = await openSse(`${server.url}${PLAIN}?${search}`, { headers: admin });
  expect(stream.status).toBe(400);
});
