/** Passwords are tried as slowly by many requests at once as by one after the other. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PASSWORD_COST } from "../../server/auth/password.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeUser, mutate, PASSWORD } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const clock = createClock();
let server: TestServer;
let admin: Credential;
beforeAll(async () => {
  const env = { BELFRY_TRUSTED_PROXIES: "127.0.0.1" };
  server = await startTestServer({ now: clock.now, env, passwordCost: PASSWORD_COST });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

let serial = 0;
let email: string;
let visitors = 0;
beforeEach(async () => {
  serial += 1;
  await makeUser(server, admin, { id: `user-${serial}` });
  email = `user-${serial}@example.com`;
});

/** Somewhere nobody has called from. */
function elsewhere(): Credential {
  visitors += 1;
  return { "x-forwarded-for": `10.${visitors >> 16}.${(visitors >> 8) & 255}.${visitors & 255}` };
}
const enter = async (password: string, { account = email, from = elsewhere() } = {}) =>
  (await mutate(server, "session.signIn", { email: account, password }, from)).status;
const many = (attempt: (n: number) => Promise<number>) => Promise.all(Array.from({ length: 80 }, (_, n) => attempt(n)));
const tried = (statuses: readonly number[]) => statuses.filter((status) => status !== 429).length;

test("80 guesses at once on one account, from as many addresses, try six passwords", async () => {
  const statuses = await many((n) => enter(`guess ${n}`));
  expect(tried(statuses), "five are free, and the sixth makes all wait").toBe(6);
  expect(await enter(PASSWORD)).toBe(429);
});

test("80 guesses at once from one address, on as many accounts, try six passwords", async () => {
  const from = elsewhere();
  const statuses = await many((n) => enter("guess", { account: `no-${n}@example.com`, from }));
  expect(tried(statuses)).toBe(6);
});

test("80 guesses in batches of one request each try six passwords", async () => {
  const calls = Array.from({ length: 20 }, (_, n) => [n, { email, password: `guess ${n}` }]);
  const path = Array(20).fill("session.signIn").join(",");
  const send = async () => {
    const headers = { "content-type": "application/json", ...elsewhere() };
    const body = JSON.stringify(Object.fromEntries(calls));
    const response = await fetch(`${server.url}/trpc/${path}?batch=1`, { method: "POST", headers, body });
    const answers = (await response.json()) as { error: { data: { httpStatus: number } } }[];
    return answers.map(({ error }) => error.data.httpStatus);
  };
  const statuses = (await Promise.all([send(), send(), send(), send()])).flat();
  expect(statuses).toHaveLength(80);
  expect(tried(statuses)).toBe(6);
});

test("after the free ones each round of many at once tries one, and waits twice as long for the next", async () => {
  const guess = () => many((n) => enter(`guess ${n}`));
  let count = 6;
  for (const wait of [2_000, 4_000, 8_000]) {
    expect(tried(await guess())).toBe(count);
    count = 1;
    clock.advance(wait - 1);
    expect(await enter(PASSWORD), "also the right one waits").toBe(429);
    clock.advance(1);
  }
  expect(await enter(PASSWORD)).toBe(200);
  for (let i = 0; i < 5; i += 1) expect(await enter("guess"), "all is forgotten").toBe(401);
});

test("an address's failures stay when one signs in, and are forgotten an hour after the last", async () => {
  const from = elsewhere();
  for (let i = 0; i < 5; i += 1) expect(await enter("guess", { account: `x-${i}@example.com`, from })).toBe(401);
  expect(await enter(PASSWORD, { from })).toBe(200);
  expect(await enter("guess", { from })).toBe(401);
  expect(await enter(PASSWORD, { from })).toBe(429);
  clock.advance(3_600_000);
  for (let i = 0; i < 5; i += 1) expect(await enter("guess", { account: `y-${i}@example.com`, from })).toBe(401);
  expect(await enter(PASSWORD, { from })).toBe(200);
});

test("a dozen sign in at once from one address with the right password", async () => {
  const from = elsewhere();
  const statuses = await Promise.all(Array.from({ length: 12 }, () => enter(PASSWORD, { from })));
  expect(statuses).toEqual(Array(12).fill(200));
});

test("wrong one-time links make nobody wait: their secrets cannot be guessed", async () => {
  const from = elsewhere();
  for (const path of ["session.acceptLink", "session.setUp"]) {
    for (let i = 0; i < 12; i += 1) {
      const input = { secret: `wrong ${i}`, password: PASSWORD, ...(path.endsWith("Up") && { email }) };
      expect(await mutate(server, path, input, from)).toMatchObject({ status: 401 });
    }
  }
  const look = () => mutate(server, "session.checkLink", { secret: "wrong" }, from);
  for (let i = 0; i < 12; i += 1) expect(await look()).toMatchObject({ data: { isValid: false } });
  expect(await enter(PASSWORD, { from })).toBe(200);
});
