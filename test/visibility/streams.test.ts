/**
 * Who is given what by streams, in random worlds: grants × targeting × preferences × wishes, against a naive model; live
 * and resumed, plain, typed and iterated.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Preferences } from "../../server/rules/preferences.ts";
import { SEVERITIES, type Severity } from "../../server/rules/severity.ts";
import { createClock } from "../_clock.ts";
import { type Credential, JWT_SECRET, makeToken, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse, type SseStream } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const PATHS = [PLAIN, "/trpc/notifications.subscribe", "/trpc/notifications%2Esubscribe"] as const;
const USERS = ["u1", "u2", "boss"] as const;
const CHANNELS = ["a", "b", "c"] as const;
const TYPES = ["x", "y"] as const;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

type User = (typeof USERS)[number];
type Channel = (typeof CHANNELS)[number];

/** A notification of a world; `wait` is how long after the one before, in ms. */
interface Sent {
  readonly channel: Channel;
  readonly type: string;
  readonly severity: Severity;
  readonly to: readonly User[] | undefined;
  readonly wait: number;
}

/** Times of a mute in minutes from the beginning of the world; quiet hours are of UTC, between 08:00 and 20:00. */
interface Taste {
  readonly muted: Readonly<Partial<Record<Channel, true | number>>>;
  readonly minSeverity: Severity;
  readonly channelSeverity: Readonly<Partial<Record<Channel, Severity>>>;
  readonly quiet: { readonly from: string; readonly to: string; readonly criticalPasses: boolean } | null;
}

/** Somebody who follows; as a program: with a token of the user's. */
interface Follower {
  readonly user: User;
  readonly isProgram: boolean;
  readonly path: (typeof PATHS)[number];
  readonly channels: readonly Channel[] | undefined;
  readonly types: readonly string[] | undefined;
  readonly minSeverity: Severity | undefined;
  readonly wantsAll: boolean;
  readonly ignoresPreferences: boolean;
  /** After how many notifications it comes back. */
  readonly resumesAfter: number;
}

interface World {
  /** Who may read a channel beside admins: everyone, or these. */
  readonly readers: Readonly<Record<Channel, "everyone" | readonly User[]>>;
  readonly tastes: Readonly<Record<User, Taste>>;
  readonly sent: readonly Sent[];
  readonly followers: readonly Follower[];
}

const clock = createClock(Date.UTC(2030, 5, 1));
let server: TestServer;
let admin: Credential;
let people: Readonly<Record<User, Credential>>;
let programs: Readonly<Record<User, Credential>>;
let serial = 0;

beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  admin = { cookie: await signInAdmin(server) };
  const sign = (sub: User) => signJwt({ sub, ...(sub === "boss" && { roles: ["admin"] }) });
  people = { u1: await sign("u1"), u2: await sign("u2"), boss: await sign("boss") };
  const token = async (user: User) =>
    (await makeToken(server, people[user], { scopes: user === "boss" ? ["admin"] : ["read"] })).headers;
  // A token has the rights that its owner has for good, not those of one JWT.
  expect((await query(server, "preferences.get", undefined, people.boss)).status).toBe(200);
  await change("users.update", { id: "boss", role: "admin" }, admin);
  programs = { u1: await token("u1"), u2: await token("u2"), boss: await token("boss") };
});
afterAll(() => server[Symbol.asyncDispose]());

async function change(path: string, input: unknown, by: Credential): Promise<void> {
  const { status, text } = await mutate(server, path, input, by);
  expect(status, text).toBe(200);
}

const severity = fc.constantFrom(...SEVERITIES);
const hour = fc.integer({ min: 8, max: 20 }).map((n) => `${String(n).padStart(2, "0")}:00`);
const taste: fc.Arbitrary<Taste> = fc.record({
  muted: fc.dictionary(
    fc.constantFrom(...CHANNELS),
    fc.oneof(fc.constant<true>(true), fc.integer({ min: 1, max: 24 * 60 })),
    { maxKeys: 2 },
  ),
  minSeverity: fc.constantFrom("info", "info", "warning"),
  channelSeverity: fc.dictionary(fc.constantFrom(...CHANNELS), severity, { maxKeys: 1 }),
  quiet: fc.option(
    fc.record({ from: hour, to: hour, criticalPasses: fc.boolean() }).filter(({ from, to }) => from < to),
  ),
});
const user = fc.constantFrom(...USERS);
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const maybe = <T>(values: readonly T[]) => fc.option(some(values), { nil: undefined, freq: 1 });
const sent: fc.Arbitrary<Sent> = fc.record({
  channel: fc.constantFrom(...CHANNELS),
  type: fc.constantFrom(...TYPES),
  severity,
  to: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some(USERS) }),
  wait: fc.constantFrom(0, MINUTE, 30 * MINUTE, 2 * 60 * MINUTE),
});
const readers = fc.oneof(fc.constant<"everyone">("everyone"), fc.subarray<User>(["u1", "u2"]));
const follower: fc.Arbitrary<Follower> = fc.record({
  user,
  isProgram: fc.constantFrom(false, false, true),
  path: fc.constantFrom(...PATHS),
  channels: maybe(CHANNELS),
  types: maybe(TYPES),
  minSeverity: fc.constantFrom(undefined, undefined, "success" as const),
  wantsAll: fc.boolean(),
  ignoresPreferences: fc.constantFrom(false, false, false, true),
  resumesAfter: fc.nat(12),
});
const world: fc.Arbitrary<World> = fc.record({
  readers: fc.record({ a: readers, b: readers, c: readers }),
  tastes: fc.record({ u1: taste, u2: taste, boss: taste }),
  sent: fc.array(sent, { minLength: 1, maxLength: 16 }),
  followers: fc.array(follower, { minLength: 1, maxLength: 6 }),
});

/** Whether a user may read a channel. */
function mayRead({ readers: allowed }: World, who: User, channel: Channel): boolean {
  const list = allowed[channel];
  return who === "boss" || list === "everyone" || list.includes(who);
}

/** Whether somebody's preferences leave a notification out that was published at a time. */
function isHidden(
  { muted, minSeverity, channelSeverity, quiet }: Taste,
  each: Sent,
  at: number,
  start: number,
): boolean {
  const mute = muted[each.channel];
  if (mute === true || (mute !== undefined && at < start + mute * MINUTE)) return true;
  const least = channelSeverity[each.channel] ?? minSeverity;
  if (SEVERITIES.indexOf(each.severity) < SEVERITIES.indexOf(least)) return true;
  if (!quiet || (quiet.criticalPasses && each.severity === "critical")) return false;
  const time = new Date(at).toISOString().slice(11, 16);
  return quiet.from <= time && time < quiet.to;
}

/** Whether somebody is given a notification, as one would say it. */
function isGiven(all: World, who: Follower, each: Sent, at: number, start: number): boolean {
  if (!mayRead(all, who.user, each.channel)) return false;
  if (each.to && !each.to.includes(who.user) && !(who.wantsAll && who.user === "boss")) return false;
  if (who.channels && !who.channels.includes(each.channel)) return false;
  if (who.types && !who.types.includes(each.type)) return false;
  if (who.minSeverity && SEVERITIES.indexOf(each.severity) < SEVERITIES.indexOf(who.minSeverity)) return false;
  if (who.isProgram || who.ignoresPreferences) return true;
  return !isHidden(all.tastes[who.user], each, at, start);
}

/** Opens a stream of a follower, and waits until it has begun. */
async function open(who: Follower, prefix: string, lastEventId?: string): Promise<SseStream> {
  const wishes = {
    ...(who.channels && { channels: [...who.channels, "end"].map((name) => `${prefix}.${name}`) }),
    ...(who.types && { types: [...who.types, "end"] }),
    ...(who.minSeverity && { minSeverity: who.minSeverity }),
    ...(who.wantsAll && who.user === "boss" && { all: true }),
    ...(who.ignoresPreferences && { preferences: false }),
    ...(lastEventId && { lastEventId }),
  };
  const search =
    who.path === PLAIN
      ? new URLSearchParams(Object.entries(wishes).map(([name, value]): [string, string] => [name, String(value)]))
      : new URLSearchParams({ input: JSON.stringify(wishes) });
  const headers = (who.isProgram ? programs : people)[who.user];
  const stream = await openSse(`${server.url}${who.path}?${search}`, { headers });
  for (let begun = false; !begun; ) {
    const { event, data } = await stream.next();
    expect(event, data).not.toBe("serialized-error");
    begun = data.includes('"clientId"');
  }
  return stream;
}

async function read(stream: SseStream): Promise<string[]> {
  const messages: string[] = [];
  while (messages.at(-1) !== "end") messages.push((await nextNotification(stream)).message);
  return messages;
}

/** Makes the channels of a world, and sets its users' preferences. */
async function prepare({ readers: allowed, tastes }: World, prefix: string): Promise<void> {
  for (const name of [...CHANNELS, "end"]) await server.createChannel(`${prefix}.${name}`);
  for (const name of CHANNELS) {
    const list = allowed[name];
    if (list === "everyone") continue;
    const grant = { channel: `${prefix}.${name}`, permission: "read" };
    await change("channels.revoke", { ...grant, audience: "everyone" }, admin);
    for (const userId of list) await change("channels.grant", { ...grant, audience: "user", userId }, admin);
  }
  for (const who of USERS) {
    const { muted, minSeverity, channelSeverity, quiet } = tastes[who];
    const named = <T, U>(entries: Readonly<Record<string, T>>, to: (value: T) => U) =>
      Object.fromEntries(
        Object.entries(entries)
          // Of a channel that one may not read nothing can be said.
          .filter(([name]) => mayRead({ readers: allowed } as World, who, name as Channel))
          .map(([name, value]) => [`${prefix}.${name}`, to(value)]),
      );
    const body = {
      muted: named(muted, (until) => (until === true ? true : new Date(clock.now() + until * MINUTE).toISOString())),
      minSeverity,
      channelSeverity: named(channelSeverity, (least) => least),
      quietHours: quiet && { ...quiet, timeZone: "UTC" },
    } satisfies Partial<Preferences>;
    const headers = { ...people[who], "content-type": "application/json" };
    const answer = await fetch(`${server.url}/api/preferences`, { method: "PUT", headers, body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).toBe(200);
  }
}

async function play(all: World): Promise<void> {
  serial += 1;
  const prefix = `w${serial}`;
  const start = clock.now();
  await prepare(all, prefix);
  // Nobody asks for what may not be read: that is refused, and tested elsewhere.
  const followers = all.followers.filter(
    ({ user: who, channels }) => !channels?.some((name) => !mayRead(all, who, name)),
  );
  const live = await Promise.all(followers.map((who) => open(who, prefix)));
  const times: number[] = [];
  const cursors: string[] = [
    (await server.publish({ channel: `${prefix}.end`, message: "begin", ephemeral: false })).cursor,
  ];
  for (const [n, { channel, type, severity: how, to, wait }] of all.sent.entries()) {
    clock.advance(wait);
    times.push(clock.now());
    const draft = { channel: `${prefix}.${channel}`, type, severity: how, message: `${n}`, ...(to && { to }) };
    cursors.push((await server.publish(draft)).cursor);
  }
  // The next night, when no quiet hours are and every mute is over.
  clock.advance(3 * DAY - (clock.now() % DAY));
  await server.publish({ channel: `${prefix}.end`, type: "end", severity: "critical", message: "end" });
  for (const [index, who] of followers.entries()) {
    const given = all.sent.flatMap((each, n) => (isGiven(all, who, each, times[n] ?? 0, start) ? [n] : []));
    const stream = live[index];
    if (!stream) continue;
    const seen = (await read(stream)).filter((message) => message !== "begin");
    expect(seen, `live: ${JSON.stringify(who)}`).toEqual([...given.map(String), "end"]);
    const from = Math.min(who.resumesAfter, all.sent.length);
    using resumed = await open(who, prefix, cursors[from]);
    const later = given.filter((n) => n >= from).map(String);
    expect(await read(resumed), `resumed after ${from}: ${JSON.stringify(who)}`).toEqual([...later, "end"]);
    stream[Symbol.dispose]();
  }
}

test("streams give everybody what grants, targeting, preferences and wishes say, live and resumed", {
  timeout: 120_000,
}, async () => {
  await fc.assert(fc.asyncProperty(world, play), { numRuns: 60, interruptAfterTimeLimit: 45_000 });
});
