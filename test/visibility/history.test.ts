/**
 * Who sees what, in random worlds: grants × tokens × claims × targeting against a naive model. List, search, count, export,
 * latest, single notifications and streams must all say the same.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Credential, JWT_SECRET, makeToken, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse } from "../_sse.ts";

const CHANNELS = ["a", "a.x", "b"] as const;
const USERS = ["u1", "u2"] as const;
type Channel = (typeof CHANNELS)[number];
type User = (typeof USERS)[number];

/** Who may read a channel beside admins. */
type Readers = "public" | "everyone" | readonly User[];

interface Sent {
  readonly channel: Channel;
  readonly to: readonly (User | "boss" | "stranger")[] | undefined;
  readonly isSignal: boolean;
  readonly key: string | undefined;
}

/** Who asks; `channels`: those of a token, or claimed by a JWT. */
type Caller =
  | { readonly kind: "nobody" }
  | { readonly kind: "boss" }
  | { readonly kind: "environment" }
  | { readonly kind: "member"; readonly user: User; readonly claims: readonly Channel[] }
  | {
      readonly kind: "token";
      readonly user: User | "boss";
      readonly channels: readonly Channel[];
      readonly isAdmins: boolean;
    };

interface Asked {
  readonly caller: Caller;
  /** Absent: all that the caller may read. */
  readonly channels: readonly Channel[] | undefined;
  readonly all: boolean;
}

interface World {
  readonly readers: Readonly<Record<Channel, Readers>>;
  readonly sent: readonly Sent[];
  readonly asked: readonly Asked[];
}

const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), arbitrary);
const readers = fc.oneof(fc.constantFrom<Readers[]>("public", "everyone"), fc.subarray<User>([...USERS]));
const channels = fc.subarray([...CHANNELS]);
const world: fc.Arbitrary<World> = fc.record({
  readers: fc.record({ a: readers, "a.x": readers, b: readers }),
  sent: fc.array(
    fc.record({
      channel: fc.constantFrom(...CHANNELS),
      to: maybe(some([...USERS, "boss", "stranger"] as const)),
      isSignal: fc.constantFrom(false, false, true),
      key: maybe(fc.constantFrom("k", "l")),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  asked: fc.array(
    fc.record({
      caller: fc.oneof(
        fc.constantFrom<Caller[]>({ kind: "nobody" }, { kind: "boss" }, { kind: "environment" }),
        fc.record({ kind: fc.constant("member" as const), user: fc.constantFrom(...USERS), claims: channels }),
        fc.record({
          kind: fc.constant("token" as const),
          user: fc.constantFrom(...USERS, "boss" as const),
          channels: some(CHANNELS),
          isAdmins: fc.boolean(),
        }),
      ),
      channels: maybe(some(CHANNELS)),
      all: fc.constantFrom(false, false, true),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

let server: TestServer;
let boss: Credential;
let serial = 0;
beforeAll(async () => {
  server = await startTestServer({ env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  boss = { cookie: await signInAdmin(server) };
  // Seen once, so that they may have tokens.
  for (const sub of USERS) await query(server, "session.current", undefined, await signJwt({ sub }));
});
afterAll(() => server[Symbol.asyncDispose]());

const userOf = (caller: Caller): string | null => {
  if (caller.kind === "nobody" || caller.kind === "environment") return null;
  return caller.kind === "boss" || caller.user === "boss" ? "boss" : caller.user;
};
/** What the admin of this server is called. */
const nameOf = (user: string) => (user === "boss" ? "admin" : user);

/** Whether somebody may read a channel, as one would say it. */
function mayRead({ readers: allowed }: World, caller: Caller, channel: Channel): boolean {
  const granted = allowed[channel];
  if (caller.kind === "nobody") return granted === "public";
  if (caller.kind === "boss" || caller.kind === "environment") return true;
  if (caller.kind === "token" && !caller.channels.includes(channel)) return false;
  if (caller.user === "boss") return true;
  if (caller.kind === "member" && caller.claims.includes(channel)) return true;
  return typeof granted === "string" || granted.includes(caller.user);
}

/** A token of an admin that is for some channels only administers nothing. */
const mayAskForAll = ({ kind }: Caller) => kind === "boss" || kind === "environment";

function isSeen(all: World, { caller, channels: wanted, all: wantsAll }: Asked, { channel, to }: Sent): boolean {
  if (!mayRead(all, caller, channel) || (wanted && !wanted.includes(channel))) return false;
  const user = userOf(caller);
  return !to || (wantsAll && mayAskForAll(caller)) || (user !== null && to.includes(user as User));
}

async function credential(caller: Caller, prefix: string): Promise<Credential> {
  const named = (names: readonly Channel[]) => [...names.map((name) => `${prefix}.${name}`), `${prefix}.end`];
  if (caller.kind === "nobody") return {};
  if (caller.kind === "boss") return boss;
  if (caller.kind === "environment") return { authorization: "environment" };
  if (caller.kind === "member") return await signJwt({ sub: caller.user, belfry: { read: named(caller.claims) } });
  const owner = caller.user === "boss" ? boss : await signJwt({ sub: caller.user });
  const scopes = caller.user === "boss" && caller.isAdmins ? ["admin"] : ["read"];
  return (await makeToken(server, owner, { scopes, patterns: named(caller.channels) })).headers;
}

const call = (path: string, headers: Credential) =>
  headers["authorization"] === "environment" ? server.fetch(path) : fetch(server.url + path, { headers });

interface Item {
  readonly id: number;
  readonly key?: string;
}

/** What each way of reading gives to somebody: ids, the oldest first, or a status where it refuses. */
class Ways {
  readonly #headers: Credential;
  readonly #search: URLSearchParams;
  readonly #input: object;

  constructor(headers: Credential, { channels: wanted, all }: Asked, prefix: string) {
    this.#headers = headers;
    const names = wanted?.map((name) => `${prefix}.${name}`);
    this.#input = { types: [prefix], ...(names && { channels: names }), ...(all && { all }) };
    this.#search = new URLSearchParams(
      Object.entries(this.#input).map(([name, value]): [string, string] => [name, String(value)]),
    );
  }

  async list(limit: number, more = ""): Promise<number[] | number> {
    const found: number[] = [];
    for (let cursor = ""; ; ) {
      const path = `/api/notifications?${this.#search}&limit=${limit}${more}${cursor && `&cursor=${cursor}`}`;
      const response = await call(path, this.#headers);
      if (!response.ok) return await status(response);
      const { items, next } = (await response.json()) as { items: Item[]; next: string | null };
      found.unshift(...items.map(({ id }) => id).toReversed());
      if (next === null) return found;
      cursor = next;
    }
  }

  async typed(): Promise<number[] | number> {
    const input = encodeURIComponent(JSON.stringify({ ...this.#input, limit: 500 }));
    const response = await call(`/trpc/notifications.list?input=${input}`, this.#headers);
    if (!response.ok) return await status(response);
    const { result } = (await response.json()) as { result: { data: { items: Item[] } } };
    return result.data.items.map(({ id }) => id).toReversed();
  }

  async count(): Promise<number> {
    const response = await call(`/api/notifications/count?${this.#search}`, this.#headers);
    return response.ok ? ((await response.json()) as { count: number }).count : -(await status(response));
  }

  async export(format: string): Promise<number[] | number> {
    const response = await call(`/api/notifications/export?${this.#search}&format=${format}`, this.#headers);
    if (!response.ok) return await status(response);
    const lines = (await response.text()).split(/\r?\n/).filter(Boolean);
    return lines
      .flatMap((line) => (format === "csv" ? [Number.parseInt(line, 10)] : [(JSON.parse(line) as Item).id]))
      .filter((id) => !Number.isNaN(id));
  }

  async latest(channel: string): Promise<Item[] | number> {
    const all = this.#search.get("all") ? "&all=true" : "";
    const response = await call(`/api/notifications/latest?channel=${channel}${all}`, this.#headers);
    return response.ok ? ((await response.json()) as { items: Item[] }).items : await status(response);
  }

  async get(id: number): Promise<number> {
    const all = this.#search.get("all") ? "?all=true" : "";
    return await status(await call(`/api/notifications/${id}${all}`, this.#headers));
  }

  async stream(end: string): Promise<number[] | number> {
    const search = new URLSearchParams(this.#search);
    if (search.has("channels")) search.set("channels", `${search.get("channels")},${end}`);
    const path = `/api/notifications/stream?${search}&preferences=false&lastEventId=0`;
    const environment = this.#headers["authorization"] === "environment";
    const headers = environment ? { authorization: `Bearer ${TOKEN}` } : this.#headers;
    using stream = await openSse(server.url + path, { headers });
    if (stream.status !== 200) return stream.status;
    const found: number[] = [];
    for (;;) {
      const { event, data, id = "" } = await stream.next();
      if (data.includes('"message":"end"')) return found;
      if (event === "notification" || event === "update") found.push(Number(id.split("-")[1]));
    }
  }
}

async function status(response: Response): Promise<number> {
  await response.body?.cancel();
  return response.status;
}

async function change(path: string, input: unknown): Promise<void> {
  const { status: code, text } = await mutate(server, path, input, boss);
  expect(code, text).toBe(200);
}

/** Makes a world; answers with the ids of what was sent. */
async function prepare({ readers: allowed, sent }: World, prefix: string): Promise<number[]> {
  for (const name of CHANNELS) {
    await server.createChannel(`${prefix}.${name}`);
    const grant = { channel: `${prefix}.${name}`, permission: "read" };
    const list = allowed[name];
    if (list === "public") await change("channels.grant", { ...grant, audience: "public" });
    if (typeof list === "string") continue;
    await change("channels.revoke", { ...grant, audience: "everyone" });
    for (const userId of list) await change("channels.grant", { ...grant, audience: "user", userId });
  }
  await server.createChannel(`${prefix}.end`);
  await change("channels.grant", { channel: `${prefix}.end`, permission: "read", audience: "public" });
  const ids: number[] = [];
  for (const { channel, to, isSignal, key } of sent) {
    const what = isSignal ? { event: "update", title: "hello there" } : { message: "hello there" };
    const draft = { channel: `${prefix}.${channel}`, type: prefix, ...what, ...(key && { key }) };
    ids.push((await server.publish({ ...draft, ...(to && { to: to.map(nameOf) }) })).id);
  }
  await server.publish({ channel: `${prefix}.end`, type: prefix, message: "end" });
  return ids;
}

async function ask(
  all: World,
  asked: Asked,
  { prefix, ids }: { readonly prefix: string; readonly ids: readonly number[] },
) {
  const { caller, channels: wanted } = asked;
  const ways = new Ways(await credential(caller, prefix), asked, prefix);
  const isRefused =
    (asked.all && !mayAskForAll(caller)) ||
    (wanted ? wanted.some((name) => !mayRead(all, caller, name)) : caller.kind === "nobody");
  const refusal = caller.kind === "nobody" ? 401 : 403;
  const seen = all.sent.flatMap((each, n) => (isSeen(all, asked, each) ? [ids[n] ?? 0] : []));
  // What ends the stream is listed where no channels are named.
  const ending = wanted ? [] : [(ids.at(-1) ?? 0) + 1];
  const expected = isRefused ? refusal : [...seen, ...ending];
  const about = JSON.stringify(asked);
  expect(await ways.list(3), about).toEqual(expected);
  expect(await ways.typed(), about).toEqual(expected);
  expect(await ways.count(), about).toBe(typeof expected === "number" ? -expected : expected.length);
  expect(await ways.list(500, "&text=hello+the"), about).toEqual(isRefused ? refusal : seen);
  for (const format of ["jsonl", "csv"]) expect(await ways.export(format), about).toEqual(expected);
  expect(await ways.stream(`${prefix}.end`), about).toEqual(isRefused ? refusal : seen);

  const isPatient = { ...asked, channels: undefined };
  const isForbidden = asked.all && !mayAskForAll(caller);
  for (const channel of wanted ?? CHANNELS) {
    const keys = all.sent
      .map(({ key, ...each }, n) => ({
        id: ids[n] ?? 0,
        key,
        isSeen: each.channel === channel && isSeen(all, isPatient, { key, ...each }),
      }))
      .filter(({ key, isSeen: isOne }) => isOne && key !== undefined);
    const newest = new Map(keys.map(({ key, id }) => [key, id]));
    const latest = await ways.latest(`${prefix}.${channel}`);
    if (isForbidden || !mayRead(all, caller, channel)) expect(latest, about).toBe(refusal);
    else
      expect(
        (latest as Item[]).map(({ id }) => id),
        about,
      ).toEqual([...newest.values()].toSorted((a, b) => b - a));
  }
  for (const [n, id] of ids.entries()) {
    const each = all.sent[n];
    const isThere = each && isSeen(all, isPatient, each);
    const missing = caller.kind === "nobody" ? 401 : 404;
    expect(await ways.get(id), `${id} ${about}`).toBe(isForbidden ? refusal : isThere ? 200 : missing);
  }
}

test("list, search, count, export, latest, get and stream show everybody the same, and what a naive model says", {
  timeout: 120_000,
}, async () => {
  const property = fc.asyncProperty(world, async (all) => {
    serial += 1;
    const prefix = `w${serial}`;
    const ids = await prepare(all, prefix);
    for (const asked of all.asked) await ask(all, asked, { prefix, ids });
  });
  await fc.assert(property, { numRuns: 40, interruptAfterTimeLimit: 60_000 });
});
