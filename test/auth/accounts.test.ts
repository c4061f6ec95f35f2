import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { PASSWORD_COST } from "../../server/auth/password.ts";
import type { AuditView } from "../../server/trpc/audit.ts";
import type { SessionView } from "../../server/trpc/session.ts";
import type { TokenView } from "../../server/trpc/tokens.ts";
import type { UserView } from "../../server/trpc/users.ts";
import { createClock } from "../_clock.ts";
import {
  type Credential,
  cookieOf,
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
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const DAY = 24 * 3_600_000;
const clock = createClock();
/** What the test's requests come through, so that each may come from an address of its own. */
const env = { BELFRY_TRUSTED_PROXIES: "127.0.0.1, 10.0.0.0/8, fd00::/8", BELFRY_JWT_SECRET: JWT_SECRET };
let server: TestServer;
let admin: Credential;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

let serial = 0;
/** A name that no other test uses. */
let id: string;
/** And an address. */
let from: Credential;
beforeEach(() => {
  serial += 1;
  id = `user-${serial}`;
  from = { "x-forwarded-for": `192.0.2.${serial}` };
});

const invite = (input: object = {}) =>
  mutate(server, "users.invite", { id, email: `${id}@example.com`, ...input }, admin);
const accept = (secret: string, password = PASSWORD) =>
  mutate(server, "session.acceptLink", { secret, password }, from);
const attempt = (email: string, password: string, headers = from) =>
  mutate(server, "session.signIn", { email, password }, headers);
const current = async (headers: Credential) =>
  (await query<{ user: { id: string; role: string } | null }>(server, "session.current", undefined, headers)).data.user;
const trail = async (filter: object) =>
  (await query<{ items: AuditView[]; next: number | null }>(server, "audit.list", filter, admin)).data;

describe("a one-time link", () => {
  test("sets a password and signs in, once", async () => {
    const invited = await invite();
    const { link, expiresAt } = invited.data as { link: string; expiresAt: string };
    expect(link).toMatch(new RegExp(`^${server.url}/welcome#[A-Za-z0-9_-]{43}$`));
    expect(Date.parse(expiresAt)).toBe(clock.now() + 3 * DAY);
    expect((await attempt(`${id}@example.com`, PASSWORD)).status, "no password yet").toBe(401);
    const secret = secretOf(invited);
    const accepted = await accept(secret);
    expect(await current(cookieOf(accepted))).toMatchObject({ id, role: "member" });
    const again = await accept(secret, "a password of somebody else");
    expect(again.status).toBe(401);
    expect(again.headers.get("set-cookie")).toBeNull();
    expect(again.text).not.toContain(secret);
    await signIn(server, id, from);
  });

  test("can be looked at without using it up, and says when it is void", async () => {
    const look = async (secret: string, headers = from) =>
      await mutate<{ isValid: boolean }>(server, "session.checkLink", { secret }, headers);
    const first = secretOf(await invite());
    const second = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    expect((await look(first)).data).toEqual({ isValid: false });
    for (let times = 0; times < 2; times += 1) {
      const seen = await look(second);
      expect(seen.data).toEqual({ isValid: true });
      expect(seen.headers.get("set-cookie")).toBeNull();
    }
    await mutate(server, "users.disable", { id }, admin);
    expect((await look(second)).data, "of a disabled user").toEqual({ isValid: false });
    await mutate(server, "users.enable", { id }, admin);
    const third = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    expect((await accept(third)).status).toBe(200);
    expect((await look(third)).data).toEqual({ isValid: false });
  });

  test("is taken by one of many who use it at once", async () => {
    const secret = secretOf(await invite());
    const answers = await Promise.all(["one", "two", "three"].map((word) => accept(secret, `the password ${word}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers.has("set-cookie"))).toHaveLength(1);
    const works = await Promise.all(
      ["one", "two", "three"].map((word) => attempt(`${id}@example.com`, `the password ${word}`)),
    );
    expect(works.map(({ status }) => status === 200)).toEqual(answers.map(({ status }) => status === 200));
  });

  test("is valid for three days", async () => {
    const other = createClock();
    await using brief = await startTestServer({ now: other.now });
    const boss = { cookie: await signInAdmin(brief) };
    const link = () => mutate(brief, "users.resetPassword", { id: "admin" }, boss);
    const use = (secret: string) => mutate(brief, "session.acceptLink", { secret, password: PASSWORD });
    const late = secretOf(await link());
    other.advance(3 * DAY);
    expect((await use(late)).status).toBe(401);
    const inTime = secretOf(await link());
    other.advance(3 * DAY - 1);
    expect((await use(inTime)).status).toBe(200);
  });

  test("is void after a newer one, for a disabled user, and for one who is deleted", async () => {
    const first = secretOf(await invite());
    const second = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    expect((await accept(first)).status).toBe(401);
    await mutate(server, "users.disable", { id }, admin);
    expect((await accept(second)).status).toBe(401);
    await mutate(server, "users.enable", { id }, admin);
    expect((await accept(second)).status, "disabling made it void").toBe(401);
    const fresh = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    expect((await accept(fresh)).status).toBe(200);
    const third = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    await mutate(server, "users.delete", { id }, admin);
    expect((await accept(third)).status).toBe(401);
  });

  test("to reset a password ends every session, and the old password is worth nothing", async () => {
    const old = await makeUser(server, admin, { id });
    const secret = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    expect(await current(old), "until it is used").toMatchObject({ id });
    const fresh = cookieOf(await accept(secret, "another long password"));
    expect(await current(old)).toBeNull();
    expect(await current(fresh)).toMatchObject({ id });
    expect((await attempt(`${id}@example.com`, PASSWORD)).status).toBe(401);
  });

  test("is void once its user changes the password", async () => {
    const mine = await makeUser(server, admin, { id });
    const secret = secretOf(await mutate(server, "users.resetPassword", { id }, admin));
    const change = { currentPassword: PASSWORD, newPassword: "a new long password" };
    expect((await mutate(server, "session.changePassword", change, { ...mine, ...from })).status).toBe(200);
    expect((await accept(secret, "what a thief would like")).status).toBe(401);
    const { data } = await query<UserView[]>(server, "users.list", undefined, admin);
    expect(data.find((user) => user.id === id)).toMatchObject({ hasLink: false });
  });

  test("is refused a weak password, and stays valid", async () => {
    const secret = secretOf(await invite());
    for (const password of ["123456789", "", "x".repeat(257)])
      expect((await accept(secret, password)).status).toBe(400);
    expect((await accept(secret)).status).toBe(200);
  });
});

describe("users", () => {
  test.each<[string, object, number]>([
    ["an id that is taken", { id: "admin" }, 409],
    ["an address that is taken, whatever its case", { email: "ADMIN@example.com" }, 409],
    ["an id of 129 characters", { id: "x".repeat(129) }, 400],
    ["an id with a line break", { id: "a\nb" }, 400],
    ["an address too long to be the id", { id: undefined, email: `${"a.".repeat(30)}a@${"b.".repeat(45)}com` }, 400],
    ["a role that is none", { role: "owner" }, 400],
    ["an unknown field", { passwordHash: "x" }, 400],
  ])("with %s are not made", async (_, fields, status) => {
    expect(await invite(fields)).toMatchObject({ status });
  });

  test("are called what the application calls them; their address is the id where none is given", async () => {
    expect((await invite({ id: "Ünï 123/#?" })).data).toMatchObject({ user: { id: "Ünï 123/#?", hasPassword: false } });
    const plain = await invite({ id: undefined, email: `Plain-${id}@Example.com` });
    expect(plain.data).toMatchObject({ user: { email: `plain-${id}@example.com`, role: "member" } });
    const { data } = await query<UserView[]>(server, "users.list", undefined, admin);
    expect(JSON.stringify(data)).not.toMatch(/scrypt|passwordHash|"hash"/);
  });

  test("are not changed by a change that changes nothing", async () => {
    await invite();
    expect((await mutate(server, "users.update", { id }, admin)).status).toBe(400);
    expect((await mutate(server, "users.update", { id, name: "New" }, admin)).data).toMatchObject({ name: "New" });
  });

  test("who are disabled cannot sign in, and are told what everybody is", async () => {
    const cookie = await makeUser(server, admin, { id });
    const token = await makeToken(server, cookie, {});
    await mutate(server, "users.disable", { id }, admin);
    const refused = await attempt(`${id}@example.com`, PASSWORD);
    expect(refused.status).toBe(401);
    expect(refused.text).toBe((await attempt("nobody@example.com", PASSWORD)).text);
    expect(await current(cookie)).toBeNull();
    expect((await query(server, "notifications.list", undefined, token.headers)).status).toBe(401);
    await mutate(server, "users.enable", { id }, admin);
    expect(await current(cookie), "the session has ended for good").toBeNull();
    expect((await query(server, "notifications.list", undefined, token.headers)).status).toBe(200);
  });

  test("who are deleted leave no right behind for the next of the same id", async () => {
    const cookie = await makeUser(server, admin, { id });
    await server.createChannel(id);
    await mutate(server, "channels.grant", { channel: id, permission: "publish", audience: "user", userId: id }, admin);
    const publish = (headers: Credential) =>
      mutate(server, "notifications.publish", { channel: id, message: "m" }, headers);
    expect((await publish(cookie)).status).toBe(200);
    await mutate(server, "users.delete", { id }, admin);
    expect((await publish(cookie)).status).toBe(401);
    expect((await publish(await makeUser(server, admin, { id }))).status).toBe(403);
  });
});

describe("an id that a deleted user had", () => {
  test("is given again only by who says so, where something was sent to it", async () => {
    await makeUser(server, admin, { id });
    const { id: sent } = await server.publish({ message: "for the first", to: id });
    await mutate(server, "users.delete", { id }, admin);
    const refused = await invite();
    expect(refused).toMatchObject({
      status: 409,
      text: expect.stringContaining("somebody who was deleted had this id"),
    });
    const adopted = await invite({ adopt: true });
    const heir = cookieOf(await accept(secretOf(adopted)));
    expect(await query(server, "notifications.get", { id: sent }, heir)).toMatchObject({ status: 200 });
  });

  test("is free where nothing was, and so is one that only waits for its user", async () => {
    await makeUser(server, admin, { id });
    await mutate(server, "users.delete", { id }, admin);
    await makeUser(server, admin, { id });
    await server.publish({ message: "for who comes", to: `${id}-later` });
    await makeUser(server, admin, { id: `${id}-later` });
  });
});

test.each<[string, object]>([
  ["users.delete", {}],
  ["users.disable", {}],
  ["users.update", { role: "member" }],
])("the last admin stays one after %s, also when two admins do it to each other at once", async (path, fields) => {
  await using own = await startTestServer({ now: clock.now });
  const boss = { cookie: await signInAdmin(own) };
  const alone = await mutate(own, path, { id: "admin", ...fields }, boss);
  expect(alone).toMatchObject({ status: 409, text: expect.stringContaining("last admin") });
  const other = await makeUser(own, boss, { id: "ada", role: "admin" });
  const answers = await Promise.all([
    mutate(own, path, { id: "admin", ...fields }, other),
    mutate(own, path, { id: "ada", ...fields }, boss),
  ]);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const { data } = await query<UserView[]>(own, "users.list", undefined, { authorization: `Bearer ${TOKEN}` });
  expect(data.filter(({ role, disabledAt }) => role === "admin" && disabledAt === null)).toHaveLength(1);
});

test.each<[string, object]>([
  ["users.delete", {}],
  ["users.disable", {}],
  ["users.update", { role: "member" }],
])("%s leaves no hub to an invitation that nobody has accepted", async (path, fields) => {
  await using own = await startTestServer({ now: clock.now });
  const boss = { cookie: await signInAdmin(own) };
  const input = { id: "ada", email: "ada@example.com", role: "admin" };
  const secret = secretOf(await mutate(own, "users.invite", input, boss));
  const leave = () => mutate(own, path, { id: "admin", ...fields }, boss);
  expect(await leave()).toMatchObject({ status: 409, text: expect.stringContaining("the last admin with a password") });
  expect(await mutate(own, "users.update", { id: "ada", role: "member" }, boss)).toMatchObject({ status: 200 });
  expect(await mutate(own, "users.update", { id: "ada", role: "admin" }, boss)).toMatchObject({ status: 200 });
  expect(await mutate(own, "session.acceptLink", { secret, password: PASSWORD })).toMatchObject({ status: 200 });
  expect(await leave()).toMatchObject({ status: 200 });
});

test("users say whether they have a password, and whether a link to set one is waiting", async () => {
  const states = async () => {
    const { data } = await query<UserView[]>(server, "users.list", undefined, admin);
    return data.filter((user) => user.id.startsWith(id)).map((user) => [user.id, user.hasPassword, user.hasLink]);
  };
  const invited = await invite();
  expect(invited.data).toMatchObject({ user: { hasPassword: false, hasLink: true } });
  const jwt = await signJwt({ sub: `${id}-jwt`, email: `${id}-jwt@example.com`, exp: clock.now() / 1_000 + 60 });
  expect(await current(jwt)).toMatchObject({ role: "member" });
  expect(await states()).toEqual([
    [id, false, true],
    [`${id}-jwt`, false, false],
  ]);
  clock.advance(3 * DAY);
  expect(await states(), "the link is too old").toContainEqual([id, false, false]);
  const reset = await mutate(server, "users.resetPassword", { id }, admin);
  expect((await mutate(server, "users.update", { id, name: "New" }, admin)).data).toMatchObject({ hasLink: true });
  await accept(secretOf(reset));
  expect(await states()).toContainEqual([id, true, false]);
});

describe("sessions", () => {
  test("are listed to their owner and ended by nobody else, an admin included", async () => {
    const mine = await makeUser(server, admin, { id });
    const other = await signIn(server, id, { ...from, "user-agent": "A browser/1.0" });
    const { data, text } = await query<SessionView[]>(server, "session.list", undefined, mine);
    expect(data).toHaveLength(2);
    expect(data.find(({ isCurrent }) => !isCurrent)).toMatchObject({
      address: from["x-forwarded-for"],
      userAgent: "A browser/1.0",
    });
    for (const cookie of [mine, other]) expect(text).not.toContain(cookie["cookie"]?.split("=")[1]);
    const target = data.find(({ isCurrent }) => !isCurrent)?.id;
    expect((await mutate(server, "session.end", { id: target }, admin)).status).toBe(404);
    expect(await current(other)).toMatchObject({ id });
    expect((await mutate(server, "session.end", { id: target }, mine)).status).toBe(200);
    expect(await current(other)).toBeNull();
    expect(await current(mine)).toMatchObject({ id });
  });

  test("but the current one end when the password is changed, with the right one only", async () => {
    const mine = await makeUser(server, admin, { id });
    const other = await signIn(server, id, from);
    const change = (currentPassword: string) =>
      mutate(
        server,
        "session.changePassword",
        { currentPassword, newPassword: "a new long password" },
        { ...mine, ...from },
      );
    expect((await change("not the password")).status).toBe(403);
    expect(await current(other)).toMatchObject({ id });
    expect((await change(PASSWORD)).status).toBe(200);
    expect(await current(other)).toBeNull();
    expect(await current(mine)).toMatchObject({ id });
    expect((await attempt(`${id}@example.com`, PASSWORD)).status).toBe(401);
    expect((await attempt(`${id}@example.com`, "a new long password")).status).toBe(200);
  });
});

describe("signing in", () => {
  test("answers alike, and works as long, for an unknown account, one without a password and a wrong one", async () => {
    await using own = await startTestServer({ env, passwordCost: PASSWORD_COST });
    const ownAdmin = { cookie: await signInAdmin(own) };
    await makeUser(own, ownAdmin, { id });
    await mutate(own, "users.invite", { id: `${id}-invited`, email: `${id}-invited@example.com` }, ownAdmin);
    const emails = [`${id}@example.com`, `${id}-unknown@example.com`, `${id}-invited@example.com`];
    const texts = new Set<string>();
    const times = new Map<string, number>();
    for (let round = 0; round < 2; round += 1) {
      for (const email of emails) {
        const before = process.cpuUsage();
        const { status, text } = await mutate(own, "session.signIn", { email, password: "not the password" }, from);
        // Processor time, because it does not depend on what else runs; hub and test are one process.
        const { user } = process.cpuUsage(before);
        times.set(email, Math.min(times.get(email) ?? Number.POSITIVE_INFINITY, user));
        expect(status).toBe(401);
        texts.add(text);
      }
      // Another address for each round: failures of one address make it wait.
      from = { "x-forwarded-for": `198.51.100.${serial + round}` };
    }
    expect(texts.size).toBe(1);
    const [right = 0, ...others] = emails.map((email) => times.get(email) ?? 0);
    // The work takes many times what the rest of an answer does.
    for (const time of others) expect(time).toBeGreaterThan(right / 3);
  });

  test("after some failures waits for an account, whatever its case and from wherever, twice as long each time", async () => {
    await makeUser(server, admin, { id });
    const email = `${id}@example.com`;
    let n = 0;
    const fail = () => {
      n += 1;
      return attempt(n % 2 ? email : email.toUpperCase(), "not the password", { "x-forwarded-for": `203.0.113.${n}` });
    };
    for (let i = 0; i < 6; i += 1) expect((await fail()).status).toBe(401);
    const refused = await fail();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.text).toContain("try again in");
    expect(refused.text).not.toContain("not the password");
    const right = await attempt(email, PASSWORD, { "x-forwarded-for": "203.0.113.99" });
    expect(right.status, "also the right one").toBe(429);
    expect((await attempt("admin@example.com", PASSWORD)).status, "others sign in").toBe(200);
    const wait = Number(refused.headers.get("retry-after"));
    clock.advance(wait * 1_000);
    expect((await fail()).status).toBe(401);
    expect(Number((await fail()).headers.get("retry-after"))).toBeGreaterThan(wait);
  });

  test("after some failures waits for an address, whatever the accounts", async () => {
    const guess = (i: number) => attempt(`${id}-${i}@example.com`, "not the password");
    for (let i = 0; i < 6; i += 1) expect((await guess(i)).status).toBe(401);
    const refused = await attempt("admin@example.com", PASSWORD);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await attempt("admin@example.com", PASSWORD, { "x-forwarded-for": "198.51.100.250" })).status).toBe(200);
  });

  test("forgets an account's failures once it signs in, however its address is written", async () => {
    await makeUser(server, admin, { id });
    let n = 0;
    const next = () => {
      n += 1;
      return { "x-forwarded-for": `198.18.${serial}.${n}` };
    };
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 5; i += 1) {
        expect((await attempt(`${id}@example.com`, "not the password", next())).status).toBe(401);
      }
      expect((await attempt(`${id}@EXAMPLE.com`, PASSWORD, next())).status).toBe(200);
    }
  });
});

describe("the address of a request", () => {
  /** What the server took for the address of a sign-in that failed. */
  async function addressOf(on: TestServer, forwarded: string): Promise<string | undefined> {
    serial += 1;
    const email = `address-${serial}@example.com`;
    const headers: Credential = forwarded === "" ? {} : { "x-forwarded-for": forwarded };
    await mutate(on, "session.signIn", { email, password: "x" }, headers);
    const filter = { target: email };
    const token = { authorization: `Bearer ${TOKEN}` };
    return (await query<{ items: AuditView[] }>(on, "audit.list", filter, token)).data.items[0]?.address;
  }

  test.each([
    ["", "127.0.0.1"],
    ["203.0.113.7", "203.0.113.7"],
    ["9.9.9.9, 203.0.113.8", "203.0.113.8"],
    ["9.9.9.9, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["10.9.9.9, 10.1.2.3", "10.9.9.9"],
    ["2001:db8::7", "2001:db8::7"],
    ["9.9.9.9,2001:db8::8,fd00::1", "2001:db8::8"],
    ["::ffff:203.0.113.10", "203.0.113.10"],
    ["::ffff:cb00:710c", "203.0.113.12"],
    ["9.9.9.9, not an address", "127.0.0.1"],
    ["9.9.9.9, <script>, 10.0.0.1", "10.0.0.1"],
    ["203.0.113.11,", "127.0.0.1"],
    ["203.0.113.13:4711", "203.0.113.13"],
    ["9.9.9.9, [2001:db8::9]:4711, 10.0.0.1:80", "2001:db8::9"],
    ["[2001:db8::a]", "2001:db8::a"],
    ["203.0.113.14:port", "127.0.0.1"],
  ])("with X-Forwarded-For %j from a trusted proxy is %s", async (forwarded, expected) => {
    expect(await addressOf(server, forwarded)).toBe(expected);
  });

  test("is never what a stranger writes", async () => {
    await using direct = await startTestServer({ env: { BELFRY_TRUSTED_PROXIES: "10.0.0.0/8" } });
    for (const forwarded of ["203.0.113.7", "10.0.0.1", "127.0.0.1, 10.0.0.1"]) {
      expect(await addressOf(direct, forwarded)).toBe("127.0.0.1");
    }
    const told = direct.logs.filter((line) => line.includes("X-Forwarded-For is ignored"));
    expect(told, "which is said once").toHaveLength(1);
    expect(JSON.parse(told[0] ?? "")).toMatchObject({ level: 40, address: "127.0.0.1" });
    expect(server.logs.join(""), "and not of a proxy that is trusted").not.toContain("X-Forwarded-For is ignored");
  });
});

describe("rates", () => {
  test("BELFRY_PUBLISH_RATE holds for each user with all tokens of its own, on both interfaces", async () => {
    await using slow = await startTestServer({ env: { BELFRY_PUBLISH_RATE: "3" } });
    const boss = { cookie: await signInAdmin(slow) };
    const ada = await makeUser(slow, boss, { id: "ada", role: "admin" });
    const tokens = [await makeToken(slow, boss, {}), await makeToken(slow, boss, {})];
    const [first = boss, second = boss] = tokens.map(({ headers }) => headers);
    const unbound = { authorization: `Bearer ${TOKEN}` };
    for (const spender of [
      [first, second, boss],
      [ada, ada, ada],
      [unbound, unbound, unbound],
    ]) {
      for (const headers of spender) {
        expect((await mutate(slow, "notifications.publish", { message: "m" }, headers)).status).toBe(200);
      }
      const headers = spender[0] ?? {};
      const typed = await mutate(slow, "notifications.publish", { message: "m" }, headers);
      expect(typed).toMatchObject({ status: 429, text: expect.stringContaining("the limit is 3 a minute") });
      expect(JSON.parse(typed.text).error.data.retryAfter).toBeGreaterThan(0);
      const plain = await fetch(`${slow.url}/api/notifications`, { method: "POST", body: "m", headers });
      expect(plain.status).toBe(429);
      expect(Number(plain.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await query(slow, "notifications.list", undefined, boss)).status).toBe(200);
    expect(slow.storedIds()).toHaveLength(9);
  });

  test("BELFRY_REQUEST_RATE holds for each address, and says when to come back", async () => {
    await using slow = await startTestServer({
      env: { BELFRY_REQUEST_RATE: "5", BELFRY_TRUSTED_PROXIES: "127.0.0.1" },
    });
    const ask = (address: string) =>
      fetch(`${slow.url}/api/notifications`, { headers: { "x-forwarded-for": address } });
    for (let i = 0; i < 5; i += 1) expect((await ask("203.0.113.1")).status).toBe(401);
    const refused = await ask("203.0.113.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await query(slow, "session.current", undefined, { "x-forwarded-for": "203.0.113.1" })).status).toBe(429);
    expect((await ask("203.0.113.2")).status).toBe(401);
    expect((await fetch(`${slow.url}/healthz`)).status).toBe(200);
  });
});

describe("tokens", () => {
  test("are for their scopes and patterns only", async () => {
    for (const name of [`${id}`, `${id}.x`, `${id}.x.y`, `${id}x`]) await server.createChannel(name);
    const token = (input: object) => makeToken(server, admin, input);
    const statuses = async (headers: Credential, path: "notifications.publish" | "notifications.list") =>
      await Promise.all(
        [id, `${id}.x`, `${id}.x.y`, `${id}x`].map(async (channel) => {
          const { status } =
            path === "notifications.list"
              ? await query(server, path, { channels: [channel] }, headers)
              : await mutate(server, path, { channel, message: "m" }, headers);
          return status;
        }),
      );
    const publisher = await token({ scopes: ["publish"], patterns: [`${id}.*`] });
    expect(await statuses(publisher.headers, "notifications.publish")).toEqual([403, 200, 200, 403]);
    expect(await statuses(publisher.headers, "notifications.list")).toEqual([403, 403, 403, 403]);
    const reader = await token({ scopes: ["read"], patterns: [id] });
    expect(await statuses(reader.headers, "notifications.list")).toEqual([200, 403, 403, 403]);
    expect(await statuses(reader.headers, "notifications.publish")).toEqual([403, 403, 403, 403]);
    const list = await query<{ items: { channel: string }[] }>(server, "notifications.list", {}, reader.headers);
    expect(list.data.items.filter(({ channel }) => channel !== id)).toEqual([]);
  });

  test("of an admin that read cannot publish or administer, and none without the scope admin manages tokens", async () => {
    const reader = await makeToken(server, admin, { scopes: ["read"] });
    const both = await makeToken(server, admin, { scopes: ["read", "publish"] });
    const narrow = await makeToken(server, admin, { scopes: ["admin"], patterns: ["general"] });
    expect((await mutate(server, "notifications.publish", { message: "m" }, reader.headers)).status).toBe(403);
    for (const { headers } of [reader, both, narrow]) {
      expect((await query(server, "users.list", undefined, headers)).status).toBe(403);
      expect((await mutate(server, "channels.create", { name: "no" }, headers)).status).toBe(403);
      for (const scopes of [["read"], ["admin"]]) {
        expect((await mutate(server, "tokens.create", { name: "stronger", scopes }, headers)).status).toBe(403);
      }
      expect((await mutate(server, "tokens.revoke", { id: both.id }, headers)).status).toBe(403);
      expect((await fetch(`${server.url}/metrics`, { headers })).status).toBe(403);
    }
    const full = await makeToken(server, admin, { scopes: ["admin"] });
    expect((await mutate(server, "tokens.create", { name: "by a token" }, full.headers)).status).toBe(200);
  });

  test("of a member have no scope admin, and are the owner's alone", async () => {
    const member = await makeUser(server, admin, { id });
    expect((await mutate(server, "tokens.create", { name: "x", scopes: ["admin"] }, member)).status).toBe(403);
    const own = await makeToken(server, member, { name: "mine" });
    const foreign = await makeToken(server, admin, { name: "the admin's" });
    const listed = await query<TokenView[]>(server, "tokens.list", undefined, member);
    expect(listed.data.map(({ name, owner }) => [name, owner])).toEqual([["mine", id]]);
    expect(listed.text).not.toMatch(/"hash"/);
    expect(listed.text).not.toContain(own.secret);
    expect((await mutate(server, "tokens.revoke", { id: foreign.id }, member)).status).toBe(404);
    expect((await mutate(server, "tokens.revoke", { id: own.id }, admin)).status).toBe(200);
  });

  test("follow their owner: demoted, disabled, deleted", async () => {
    const owner = await makeUser(server, admin, { id, role: "admin" });
    const { headers } = await makeToken(server, owner, { scopes: ["admin"] });
    const status = async () => (await query(server, "users.list", undefined, headers)).status;
    expect(await status()).toBe(200);
    await mutate(server, "users.update", { id, role: "member" }, admin);
    expect(await status()).toBe(403);
    expect((await mutate(server, "notifications.publish", { message: "m" }, headers)).status).toBe(403);
    await mutate(server, "users.update", { id, role: "admin" }, admin);
    expect(await status()).toBe(200);
    await mutate(server, "users.disable", { id }, admin);
    expect(await status()).toBe(401);
    await mutate(server, "users.enable", { id }, admin);
    expect(await status()).toBe(200);
    await mutate(server, "users.delete", { id }, admin);
    expect(await status()).toBe(401);
  });

  test("of somebody who is an admin by JWT alone have the rights of the member that the hub knows", async () => {
    const jwt = await signJwt({ sub: id, roles: ["admin"], exp: clock.now() / 1_000 + 60 });
    expect((await query(server, "users.list", undefined, jwt)).status).toBe(200);
    const { headers } = await makeToken(server, jwt, {});
    expect((await mutate(server, "notifications.publish", { message: "m" }, jwt)).status).toBe(200);
    expect((await mutate(server, "notifications.publish", { message: "m" }, headers)).status).toBe(403);
    expect((await query(server, "notifications.list", undefined, headers)).status).toBe(200);
  });

  test("are at most a hundred valid ones of one user", async () => {
    const owner = await makeUser(server, admin, { id });
    const batch = async (count: number) => {
      const path = Array(count).fill("tokens.create").join(",");
      const inputs = Array.from({ length: count }, (_, n) => [n, { name: `${id} ${serial}-${Math.random()}` }]);
      const headers = { ...owner, "content-type": "application/json" };
      const body = JSON.stringify(Object.fromEntries(inputs));
      const response = await fetch(`${server.url}/trpc/${path}?batch=1`, { method: "POST", headers, body });
      return (await response.json()) as { result?: { data: TokenView }; error?: { message: string } }[];
    };
    const made = (await Promise.all(Array.from({ length: 6 }, () => batch(20)))).flat();
    expect(made.filter(({ result }) => result)).toHaveLength(100);
    expect(made.find(({ error }) => error)?.error?.message).toContain("there are 100, the limit is 100; revoke one");
    const one = made.find(({ result }) => result)?.result?.data.id;
    await mutate(server, "tokens.revoke", { id: one }, owner);
    await makeToken(server, owner, {});
  });

  test("say when they were used last and from where, and end when they expire", async () => {
    const token = await makeToken(server, admin, { expiresAt: new Date(clock.now() + DAY).toISOString() });
    const view = async () => {
      const { data } = await query<TokenView[]>(server, "tokens.list", undefined, admin);
      return data.find((row) => row.id === token.id);
    };
    expect(await view()).toMatchObject({ lastUsedAt: null, lastUsedAddress: "", prefix: token.secret.slice(0, 8) });
    const use = () => query(server, "notifications.list", undefined, { ...token.headers, ...from });
    expect((await use()).status).toBe(200);
    const lastUsedAt = new Date(clock.now()).toISOString();
    await expect.poll(view).toMatchObject({ lastUsedAt, lastUsedAddress: from["x-forwarded-for"] });
    clock.advance(DAY);
    expect((await use()).status).toBe(401);
  });

  test.each([
    { name: "" },
    { name: "x".repeat(65) },
    { scopes: [] },
    { scopes: ["manage"] },
    { patterns: [] },
    { patterns: ["orders*"] },
    { expiresAt: "tomorrow" },
    { userId: "admin" },
  ])("are not made of %o", async (fields) => {
    expect((await mutate(server, "tokens.create", { name: "t", ...fields }, admin)).status).toBe(400);
  });
});

describe("the audit trail", () => {
  test("has every change: who, from where, before and after, and no secret", async () => {
    const by = { ...admin, ...from };
    const start = (await trail({ limit: 1 })).items[0]?.id ?? 0;
    const secrets: string[] = [];
    const invited = await mutate(server, "users.invite", { id, email: `${id}@example.com` }, by);
    secrets.push(secretOf(invited));
    const cookie = cookieOf(await accept(secretOf(invited)));
    secrets.push(cookie["cookie"]?.split("=")[1] ?? "");
    await attempt(`${id}@example.com`, "not the password");
    const mine = { ...cookie, ...from };
    const change = { currentPassword: PASSWORD, newPassword: "a new long password" };
    await mutate(server, "session.changePassword", change, mine);
    const token = await makeToken(server, mine, { name: `of ${id}` });
    secrets.push(token.secret, token.secret.slice(8));
    await mutate(server, "tokens.revoke", { id: token.id }, mine);
    await mutate(server, "session.signOut", undefined, mine);
    secrets.push(secretOf(await mutate(server, "users.resetPassword", { id }, by)));
    await mutate(server, "channels.create", { name: id }, by);
    const grant = { channel: id, permission: "publish", audience: "user", userId: id };
    await mutate(server, "channels.grant", grant, by);
    await mutate(server, "channels.revoke", grant, by);
    await mutate(server, "notifications.publish", { channel: id, message: "to all" }, by);
    await mutate(server, "users.update", { id, name: "New", role: "admin" }, by);
    await mutate(server, "users.disable", { id }, by);
    await mutate(server, "users.enable", { id }, by);
    await mutate(server, "users.delete", { id }, by);
    await expect.poll(async () => (await trail({ action: "notification.publish", limit: 1 })).items).toHaveLength(1);

    const rows = (await trail({ limit: 100 })).items.filter((row) => row.id > start);
    expect(rows.map(({ action, actor }) => `${actor} ${action}`).toSorted()).toEqual(
      [
        "admin user.create",
        "admin link.create",
        `${id} user.setPassword`,
        `${id} session.create`,
        "nobody session.refused",
        `${id} user.setPassword`,
        `${id} token.create`,
        `${id} token.revoke`,
        `${id} session.delete`,
        "admin link.create",
        "admin channel.create",
        "admin grant.add",
        "admin grant.remove",
        "admin notification.publish",
        "admin user.update",
        "admin user.update",
        "admin user.update",
        "admin user.delete",
      ].toSorted(),
    );
    expect(new Set(rows.map(({ address }) => address))).toEqual(new Set([from["x-forwarded-for"]]));
    const update = rows.findLast(({ action }) => action === "user.update");
    expect(update).toMatchObject({
      target: id,
      before: { name: id, role: "member", disabled: false, hasPassword: true },
      after: { name: "New", role: "admin", disabled: false, hasPassword: true },
    });
    expect(rows.find(({ action }) => action === "user.create")).toMatchObject({ after: { hasPassword: false } });
    const passwords = rows.filter(({ action }) => action === "user.setPassword");
    expect(
      passwords.map(({ after }) => after),
      "the newest first",
    ).toEqual([{ by: "user" }, { by: "link" }]);
    expect(rows.find(({ action }) => action === "user.delete")).toMatchObject({ before: { role: "admin" }, after: {} });
    using db = openDatabase(server.folder, { readonly: true });
    const text = JSON.stringify(db.sqlite.prepare("SELECT * FROM audit").all());
    for (const secret of [...secrets, PASSWORD, "a new long password", "not the password", "scrypt"]) {
      expect(text).not.toContain(secret);
    }
    for (const table of ["tokens", "sessions", "links"]) {
      for (const hash of db.sqlite.prepare(`SELECT hash FROM ${table}`).pluck().all()) expect(text).not.toContain(hash);
    }
    expect(server.logs.join("")).not.toMatch(new RegExp(secrets.join("|")));
  });

  test("has who came with a wrong password or link, and of links ten a minute", async () => {
    const mine = await makeUser(server, admin, { id });
    const start = (await trail({ limit: 1 })).items[0]?.id ?? 0;
    const change = { currentPassword: "wrong password", newPassword: "a new long password" };
    expect((await mutate(server, "session.changePassword", change, { ...mine, ...from })).status).toBe(403);
    for (let i = 0; i < 12; i += 1) expect((await accept(`no such secret ${i}`)).status).toBe(401);
    const input = { secret: "no such secret", email: "eve@example.com", password: PASSWORD };
    expect((await mutate(server, "session.setUp", input, from)).status).toBe(401);
    const rows = (await trail({ action: "session.refused", limit: 100 })).items.filter((row) => row.id > start);
    const told = rows.map(({ actor, target, address, after }) => [actor, target, address, after["by"]]);
    expect(told.at(-1)).toEqual([id, id, from["x-forwarded-for"], "changePassword"]);
    expect(told.slice(0, -1)).not.toHaveLength(0);
    expect(told.slice(0, -1).length).toBeLessThanOrEqual(10);
    for (const row of told.slice(0, -1)) {
      expect(row).toEqual(["nobody", "one-time link", from["x-forwarded-for"], "acceptLink"]);
    }
    expect(JSON.stringify(rows)).not.toMatch(/no such secret|wrong password/);
  });

  test("has what an admin sent to whoever was there as that, and not as what was stored last", async () => {
    const { id: last } = await server.publish({ message: "of somebody else" });
    await mutate(server, "notifications.publish", { message: "hello", ephemeral: true }, admin);
    const target = async () => (await trail({ action: "notification.publish", limit: 1 })).items[0]?.target;
    await expect.poll(target).toBe("general ephemeral");
    expect((await trail({ target: `general #${last}` })).items).toEqual([]);
  });

  test("is listed by actor, action, target and time, in pages, the newest first", async () => {
    await invite();
    clock.advance(60_000);
    const from = new Date(clock.now()).toISOString();
    for (let i = 0; i < 5; i += 1) await mutate(server, "users.update", { id, name: `name ${i}` }, admin);
    const until = new Date(clock.now()).toISOString();
    clock.advance(60_000);
    await mutate(server, "users.delete", { id }, admin);
    const actions = async (filter: object) =>
      (await trail({ target: id, ...filter })).items.map(({ action }) => action);
    expect(await actions({})).toEqual(["user.delete", ...Array(5).fill("user.update"), "link.create", "user.create"]);
    expect(await actions({ from, until })).toEqual(Array(5).fill("user.update"));
    expect(await actions({ action: "link.create", actor: "admin" })).toEqual(["link.create"]);
    expect(await actions({ actor: "somebody else" })).toEqual([]);
    const ids: number[] = [];
    for (let cursor: number | null | undefined; cursor !== null; ) {
      const page = await trail({ target: id, limit: 3, cursor });
      expect(page.items.length).toBeLessThanOrEqual(3);
      ids.push(...page.items.map((row) => row.id));
      cursor = page.next;
    }
    expect(ids).toHaveLength(8);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    for (const wrong of [{ limit: 0 }, { limit: 501 }, { from: "yesterday" }, { nobody: 1 }]) {
      expect((await query(server, "audit.list", wrong, admin)).status).toBe(400);
    }
  });
});
