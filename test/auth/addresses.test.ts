/** Whom limits take for one and the same: an IPv4 address, the first half of an IPv6 one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limitKey } from "../../server/auth/address.ts";
import { mutate, query } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse } from "../_sse.ts";

const PLAIN = "/api/notifications/stream";
const TYPED = "/trpc/notifications.subscribe";
const ITERATED = "/trpc/notifications%2Esubscribe";

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:203.0.113.7", "203.0.113.7"],
  ["::ffff:cb00:7107", "203.0.113.7"],
  ["0:0:0:0:0:ffff:cb00:7107", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::6", "2001:db8:1:2::/64"],
  ["2001:db8::7", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["::203.0.113.7", "0:0:0:0::/64"],
  ["64:ff9b::203.0.113.7", "64:ff9b:0:0::/64"],
  ["", ""],
  ["not an address", "not an address"],
])("limitKey(%j) is %j", (address, key) => {
  expect(limitKey(address)).toBe(key);
});

const NETWORK = ["2001:db8::1", "2001:db8::2:3:4:5", "2001:DB8:0:0:ffff::1"] as const;
const NEIGHBOUR = "2001:db8:0:1::1";
const MAPPED = ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"] as const;
const STRANGER = "::ffff:203.0.113.8";
const BOTH = [
  { own: NETWORK, other: NEIGHBOUR, name: "2001:db8:0:0::/64" },
  { own: MAPPED, other: STRANGER, name: "203.0.113.7" },
];

const from = (address: string) => ({ "x-forwarded-for": address });
const start = (env: Record<string, string>) =>
  startTestServer({ env: { BELFRY_TRUSTED_PROXIES: "127.0.0.1", ...env } });

test.each(BOTH)("$name has one BELFRY_REQUEST_RATE, and opening a stream counts", async ({ own, other, name }) => {
  await using server = await start({ BELFRY_REQUEST_RATE: "6" });
  const headers = (address: string) => ({ authorization: `Bearer ${TOKEN}`, ...from(address) });
  const [a, b, c] = own;
  for (const path of [PLAIN, TYPED, ITERATED]) {
    using stream = await openSse(server.url + path, { headers: headers(a) });
    while (!(await stream.next()).data.includes('"clientId"'));
  }
  // Also by nobody, and one that is refused.
  using refused = await openSse(server.url + PLAIN, { headers: from(b) });
  expect(refused.status).toBe(401);
  using typed = await openSse(server.url + TYPED, { headers: from(b) });
  expect(await typed.ended).toContain('"httpStatus":401');
  expect((await query(server, "session.current", undefined, headers(c))).status).toBe(200);

  for (const address of own) {
    const answer = await query(server, "session.current", undefined, headers(address));
    expect(answer).toMatchObject({ status: 429, text: expect.stringContaining(`${name} asks too often`) });
    using plain = await openSse(server.url + PLAIN, { headers: headers(address) });
    expect(plain.status).toBe(429);
    expect(Number(plain.headers["retry-after"])).toBeGreaterThan(0);
    using source = await openSse(server.url + PLAIN, { headers: { ...headers(address), accept: "text/event-stream" } });
    expect(await source.ended).toMatch(/^retry: \d+000\nevent: refused\ndata: .*"TOO_MANY_REQUESTS"/);
    using again = await openSse(server.url + TYPED, { headers: headers(address) });
    expect(await again.ended).toMatch(
      /\nretry: \d+000\nevent: serialized-error\ndata: .*"code":-32603,.*"httpStatus":429/,
    );
  }
  using stream = await openSse(server.url + PLAIN, { headers: headers(other) });
  expect(stream.status).toBe(200);
});

test.each(BOTH)("$name has the wrong passwords of all its addresses", async ({ own, other }) => {
  await using server = await start({});
  let n = 0;
  const guess = (address: string) => {
    n += 1;
    return mutate(server, "session.signIn", { email: `${n}@example.com`, password: "x" }, from(address));
  };
  for (let i = 0; i < 6; i += 1) expect((await guess(own[i % 3] ?? "")).status).toBe(401);
  for (const address of own) expect((await guess(address)).status).toBe(429);
  expect((await guess(other)).status).toBe(401);
});

let streams: TestServer;
beforeAll(async () => {
  streams = await start({ BELFRY_MAX_STREAMS_PER_ADDRESS: "2", BELFRY_STREAM_OPEN_RATE: "4" });
});
afterAll(() => streams[Symbol.asyncDispose]());

test.each(BOTH)("$name has one count of open streams and one of opened ones", async ({ own, other, name }) => {
  const open = (address: string) =>
    openSse(streams.url + PLAIN, { headers: { authorization: `Bearer ${TOKEN}`, ...from(address) } });
  const [a, b, c] = own;
  using first = await open(a);
  using second = await open(b);
  expect([first.status, second.status]).toEqual([200, 200]);
  using third = await open(c);
  expect(third.status).toBe(429);
  expect(await third.ended).toContain(`the address ${name} has 2 streams open`);
  using elsewhere = await open(other);
  expect(elsewhere.status).toBe(200);
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  using fourth = await open(a);
  expect([200, 429]).toContain(fourth.status);
  using fifth = await open(b);
  expect(fifth.status).toBe(429);
  expect(await fifth.ended).toContain(`the address ${name} opens streams too fast; the limit is 4 a minute`);
});
