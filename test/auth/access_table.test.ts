import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NOBODY } from "../../server/auth/caller.ts";
import { createApi } from "../../server/http/api.ts";
import { createApp } from "../../server/http/app.ts";
import { createAssets } from "../../server/http/assets.ts";
import { createOperations } from "../../server/http/operations.ts";
import { STREAM_PATH } from "../../server/http/stream.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { createPreferencesSchema } from "../../server/rules/preferences.ts";
import { createUsageSchema } from "../../server/rules/usage.ts";
import { createTrpc } from "../../server/trpc/init.ts";
import { createAppRouter, type Services } from "../../server/trpc/router.ts";
import { SUBSCRIBE_PATH } from "../../server/trpc/sse_transport.ts";
import { createClock } from "../_clock.ts";
import {
  type Credential,
  JWT_SECRET,
  makeToken,
  makeUser,
  mutate,
  PASSWORD,
  query,
  signIn,
  signJwt,
} from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse } from "../_sse.ts";

/** Who calls: the columns of the table. The channel `vault` has no grant for everyone. */
const CALLERS = [
  "nobody",
  "member without grant",
  "member with read",
  "member with publish",
  "member with manage",
  // Of a member with both grants.
  "read token",
  "publish token",
  "expired token",
  "revoked token",
  // With a claim to read `vault`.
  "JWT member",
  "JWT admin",
  "admin",
] as const;
type Name = (typeof CALLERS)[number];

/** How a procedure or route is called, and the statuses for each of the callers, in their order. */
interface Row {
  readonly kind: "query" | "mutation" | "stream" | "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A function: makes one for each call. */
  readonly input?: unknown;
  readonly expected: string;
}

// nobody · member: -, read, publish, manage · token: read, publish, expired, revoked · JWT: member, admin · admin
const ANYBODY = "200 200 200 200 200 200 200 200 200 200 200 200";
const UNKNOWN = ANYBODY.replaceAll("200", "404");
/** The vault's readers and publishers. */
const READS = "401 403 200 403 200 200 403 401 401 200 200 200";
/** The vault's first notification. Who may not read it is told what is told of one that is not there. */
const SEES = "401 404 200 404 200 200 404 401 401 200 200 200";
const PUBLISHES = "401 403 403 200 200 403 200 401 401 403 200 200";
/** What is everybody's own: tokens may not, but those of admins. */
const PEOPLE = "401 200 200 200 200 403 403 401 401 200 200 200";
/** What only a person with a session of the hub's own has. */
const SESSIONS = "401 200 200 200 200 403 403 401 401 403 403 200";
/** A person's own, which a token of the scope `read` reads too, and one of the scope `admin` changes. */
const OWN = { read: "401 200 200 200 200 200 403 401 401 200 200 200", change: PEOPLE };
const ADMINS = "401 403 403 403 403 403 403 401 401 403 200 200";
/** What everyone signed in may, with whatever credential. */
const MEMBERS = "401 200 200 200 200 200 200 401 401 200 200 200";
const MEMBERS_404 = MEMBERS.replaceAll("200", "404");
/** What an admin has ordered, for everyone: of it, only the vault's manager learns that it is there. */
const OTHERS = "401 404 404 404 200 404 404 401 401 404 200 200";
/** The vault's manager, too. */
const MANAGES = "401 403 403 403 200 403 403 401 401 403 200 200";
/** Something that is not there: whoever may look for it is told so. */
const ADMINS_404 = ADMINS.replaceAll("200", "404");
const ADMINS_409 = ADMINS.replaceAll("200", "409");

const VAULT = ["vault"];
const GRANT = { channel: "vault", permission: "read", audience: "user", userId: "anna" };
const MISSING = { id: "no-such-user" };
const SHORT = "short";

let made = 0;
const PROCEDURES: Readonly<Record<string, Row>> = {
  "notifications.publish": { kind: "mutation", input: { channel: "vault", message: "m" }, expected: PUBLISHES },
  "notifications.list": { kind: "query", input: { channels: VAULT }, expected: READS },
  "notifications.get": { kind: "query", input: { id: 1 }, expected: SEES },
  // Tokens that are not for reading sent nothing of it; the first asks for no acknowledgement.
  "notifications.acknowledge": { kind: "mutation", input: { id: 1 }, expected: SEES.replaceAll("200", "409") },
  "notifications.status": { kind: "query", input: { id: 1 }, expected: SEES },
  "notifications.markRead": { kind: "mutation", input: { id: 1 }, expected: SEES },
  "notifications.markUnread": { kind: "mutation", input: { id: 1 }, expected: SEES },
  "notifications.markAllRead": { kind: "mutation", input: { channel: "vault" }, expected: READS },
  "notifications.unreadCount": { kind: "query", input: { channels: VAULT }, expected: READS },
  "notifications.count": { kind: "query", input: { channels: VAULT }, expected: READS },
  "notifications.latest": { kind: "query", input: { channel: "vault" }, expected: READS },
  "notifications.subscribe": { kind: "stream", input: { channels: VAULT }, expected: READS },
  "notifications.scheduled": { kind: "query", expected: MEMBERS },
  "notifications.reschedule": { kind: "mutation", input: { scheduledId: 1, title: "later" }, expected: OTHERS },
  "notifications.cancel": { kind: "mutation", input: { scheduledId: 99_999 }, expected: MEMBERS_404 },
  "notifications.remove": { kind: "mutation", input: { id: 99_999 }, expected: MEMBERS_404 },
  "channels.list": { kind: "query", expected: ANYBODY },
  "channels.create": { kind: "mutation", input: { name: "vault" }, expected: ADMINS_409 },
  "channels.update": { kind: "mutation", input: { name: "vault", description: "d" }, expected: MANAGES },
  "channels.grants": { kind: "query", input: { name: "vault" }, expected: MANAGES },
  "channels.grant": { kind: "mutation", input: GRANT, expected: MANAGES },
  "channels.revoke": {
    kind: "mutation",
    input: { ...GRANT, userId: "other" },
    expected: MANAGES.replaceAll("200", "404"),
  },
  "users.list": { kind: "query", expected: ADMINS },
  "users.invite": { kind: "mutation", input: { id: "anna", email: "new@example.com" }, expected: ADMINS_409 },
  "users.resetPassword": { kind: "mutation", input: MISSING, expected: ADMINS_404 },
  "users.update": { kind: "mutation", input: { ...MISSING, name: "x" }, expected: ADMINS_404 },
  "users.disable": { kind: "mutation", input: MISSING, expected: ADMINS_404 },
  "users.enable": { kind: "mutation", input: MISSING, expected: ADMINS_404 },
  "users.delete": { kind: "mutation", input: MISSING, expected: ADMINS_404 },
  "tokens.list": { kind: "query", expected: PEOPLE },
  // Each of another name.
  "tokens.create": { kind: "mutation", input: () => ({ name: `t-${++made}`, scopes: ["read"] }), expected: PEOPLE },
  "tokens.revoke": { kind: "mutation", input: { id: 99_999 }, expected: PEOPLE.replaceAll("200", "404") },
  "types.register": { kind: "mutation", input: { name: "order.created", channel: "nowhere" }, expected: ADMINS_404 },
  "types.list": { kind: "query", expected: MEMBERS },
  "types.get": { kind: "query", input: { name: "nothing" }, expected: MEMBERS.replaceAll("200", "404") },
  "audit.list": { kind: "query", input: { limit: 1 }, expected: ADMINS },
  "session.current": { kind: "query", expected: ANYBODY },
  // Anybody may try; the input is one that is refused before any secret is looked at.
  "session.setUp": {
    kind: "mutation",
    input: { secret: "x", email: "a@example.com", password: SHORT },
    expected: ANYBODY.replaceAll("200", "400"),
  },
  "session.signIn": {
    kind: "mutation",
    input: { email: "anna@example.com", password: PASSWORD },
    expected: ANYBODY,
  },
  "session.checkLink": { kind: "mutation", input: { secret: "" }, expected: ANYBODY.replaceAll("200", "400") },
  "session.acceptLink": {
    kind: "mutation",
    input: { secret: "x", password: SHORT },
    expected: ANYBODY.replaceAll("200", "400"),
  },
  "session.changePassword": {
    kind: "mutation",
    input: { currentPassword: PASSWORD, newPassword: PASSWORD },
    expected: SESSIONS,
  },
  "session.list": { kind: "query", expected: SESSIONS },
  "session.end": { kind: "mutation", input: { id: "0".repeat(16) }, expected: SESSIONS.replaceAll("200", "404") },
  "preferences.get": { kind: "query", expected: OWN.read },
  "preferences.set": { kind: "mutation", input: { sound: false }, expected: OWN.change },
  "connections.list": { kind: "query", input: { limit: 1 }, expected: ADMINS },
  "connections.close": { kind: "mutation", input: { clientId: "none" }, expected: ADMINS_404 },
  "stats.current": { kind: "query", expected: ADMINS },
  "stats.history": { kind: "query", input: { channels: VAULT }, expected: MANAGES },
  "stats.watch": { kind: "stream", expected: ADMINS },
  // Ends the callers' sessions, so it stands last.
  "session.signOut": { kind: "mutation", expected: ANYBODY },
};

/** Routes as Hono names them, with the path to call where that is another. */
const ROUTES: Readonly<Record<string, Row & { readonly path?: string }>> = {
  "POST /api/notifications": {
    kind: "POST",
    input: { channel: "vault", message: "m" },
    expected: PUBLISHES.replaceAll("200", "201"),
  },
  "POST /api/types": { kind: "POST", input: { name: "order.created", channel: "nowhere" }, expected: ADMINS_404 },
  "GET /api/types": { kind: "GET", expected: MEMBERS },
  "GET /api/types/:name": { kind: "GET", path: "/api/types/nothing", expected: MEMBERS.replaceAll("200", "404") },
  "GET /api/notifications": { kind: "GET", path: "/api/notifications?channels=vault", expected: READS },
  "POST /api/notifications/:id/ack": {
    kind: "POST",
    path: "/api/notifications/1/ack",
    input: {},
    expected: SEES.replaceAll("200", "409"),
  },
  "GET /api/notifications/:id/status": { kind: "GET", path: "/api/notifications/1/status", expected: SEES },
  "POST /api/notifications/read": { kind: "POST", input: { id: 1 }, expected: SEES },
  "POST /api/notifications/unread": { kind: "POST", input: { id: 1 }, expected: SEES },
  "GET /api/notifications/unread-count": {
    kind: "GET",
    path: "/api/notifications/unread-count?channels=vault",
    expected: READS,
  },
  "DELETE /api/notifications/:id": { kind: "DELETE", path: "/api/notifications/99999", expected: MEMBERS_404 },
  "GET /api/scheduled": { kind: "GET", expected: MEMBERS },
  "PATCH /api/scheduled/:id": { kind: "PATCH", path: "/api/scheduled/1", input: { title: "t" }, expected: OTHERS },
  "DELETE /api/scheduled/:id": { kind: "DELETE", path: "/api/scheduled/99999", expected: MEMBERS_404 },
  "GET /api/preferences": { kind: "GET", expected: OWN.read },
  "PATCH /api/preferences": { kind: "PATCH", input: { sound: false }, expected: OWN.change },
  "PUT /api/preferences": { kind: "PUT", input: { sound: false }, expected: OWN.change },
  "GET /api/notifications/count": { kind: "GET", path: "/api/notifications/count?channels=vault", expected: READS },
  "GET /api/notifications/export": { kind: "GET", path: "/api/notifications/export?channels=vault", expected: READS },
  "GET /api/notifications/latest": { kind: "GET", path: "/api/notifications/latest?channel=vault", expected: READS },
  "GET /api/notifications/:id{[0-9]{1,15}}": {
    kind: "GET",
    path: "/api/notifications/1",
    expected: SEES,
  },
  "GET /api/connections": { kind: "GET", expected: ADMINS },
  "DELETE /api/connections/:clientId": { kind: "DELETE", path: "/api/connections/none", expected: ADMINS_404 },
  "GET /api/stats/history": { kind: "GET", expected: MANAGES },
  "ALL /api/*": { kind: "GET", path: "/api/nowhere", expected: UNKNOWN },
  "ALL /trpc/*": { kind: "GET", path: "/trpc/nowhere", expected: UNKNOWN },
  "GET /healthz": { kind: "GET", expected: ANYBODY },
  "GET /readyz": { kind: "GET", expected: ANYBODY },
  "GET /metrics": { kind: "GET", expected: ADMINS },
  "GET /*": { kind: "GET", path: "/assets/nothing.js", expected: UNKNOWN },
};
/** Middleware: stands before routes and answers nothing by itself but refusals, preflights and the page's files. */
const MIDDLEWARE = ["ALL /*", "ALL /assets/*"];

/** Routes that are answered on the socket itself, before Hono. */
const STREAMS: Readonly<Record<string, string>> = {
  [`${STREAM_PATH}?channels=vault`]: READS,
  // All that the caller may read: `general` at least.
  [STREAM_PATH]: "401 200 200 200 200 200 403 401 401 200 200 200",
  [`${SUBSCRIBE_PATH}?input=${encodeURIComponent('{"channels":["vault"]}')}`]: READS,
  [SUBSCRIBE_PATH]: "401 200 200 200 200 200 403 401 401 200 200 200",
  // tRPC's own handler answers the same.
  [`/trpc/notifications%2Esubscribe?input=${encodeURIComponent('{"channels":["vault"]}')}`]: READS,
};

const clock = createClock();
let server: TestServer;
let credentials: Readonly<Record<Name, Credential>>;

beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  const admin = { cookie: await signInAdmin(server) };
  for (const [path, input] of [
    ["channels.create", { name: "vault" }],
    ["channels.revoke", { channel: "vault", permission: "read", audience: "everyone" }],
    ["channels.grant", GRANT],
    ["channels.grant", { ...GRANT, permission: "publish", userId: "paul" }],
    ["channels.grant", { ...GRANT, permission: "manage", userId: "mona" }],
    ["channels.grant", { ...GRANT, userId: "both" }],
    ["channels.grant", { ...GRANT, permission: "publish", userId: "both" }],
  ] as const) {
    expect(await mutate(server, path, input, admin)).toMatchObject({ status: 200 });
  }
  const both = await makeUser(server, admin, { id: "both" });
  const token = (input: object) => makeToken(server, both, input);
  const soon = new Date(clock.now() + 1_000).toISOString();
  const expired = await token({ expiresAt: soon });
  const revoked = await token({});
  await mutate(server, "tokens.revoke", { id: revoked.id }, both);
  clock.advance(1_000);
  const exp = clock.now() / 1_000 + 3_600;
  credentials = {
    nobody: {},
    "member without grant": await makeUser(server, admin, { id: "mia" }),
    "member with read": await makeUser(server, admin, { id: "anna" }),
    "member with publish": await makeUser(server, admin, { id: "paul" }),
    "member with manage": await makeUser(server, admin, { id: "mona" }),
    "read token": (await token({ scopes: ["read"] })).headers,
    "publish token": (await token({ scopes: ["publish"] })).headers,
    "expired token": expired.headers,
    "revoked token": revoked.headers,
    "JWT member": await signJwt({ sub: "jo", exp, belfry: { read: ["vault"] } }),
    "JWT admin": await signJwt({ sub: "ada", exp, roles: ["admin"] }),
    admin,
  };
  expect((await server.publish({ channel: "vault", message: "the first" })).id).toBe(1);
  const later = { channel: "vault", message: "m", deliverAt: "+1h" };
  expect((await mutate(server, "notifications.publish", later, admin)).data).toMatchObject({ scheduledId: 1 });
});
afterAll(() => server[Symbol.asyncDispose]());

/** The status of a stream: the answer's own, or what stands in tRPC's first event. */
async function openStream(path: string, headers: Credential): Promise<number> {
  using stream = await openSse(server.url + path, { headers });
  while (stream.status === 200) {
    const { event, data } = await stream.next();
    if (event === "serialized-error") return JSON.parse(data).data.httpStatus as number;
    if (event === "ended") throw new Error(`ended at once: ${data}`);
    if (data.includes('"clientId"') || data.includes('"readers"')) return 200;
  }
  return stream.status;
}

/** Calls as each of the callers. */
async function statuses(call: (headers: Credential) => Promise<number>): Promise<string> {
  return (await Promise.all(CALLERS.map((name) => call(credentials[name])))).join(" ");
}

async function send(path: string, { kind, input }: Row, headers: Credential): Promise<number> {
  const type = { "content-type": "application/json" };
  const init =
    input === undefined
      ? { method: kind, headers }
      : { method: kind, body: JSON.stringify(input), headers: { ...type, ...headers } };
  const response = await fetch(server.url + path, init);
  await response.body?.cancel();
  return response.status;
}

/** Reads as a table when it fails: who was answered what. */
const byName = (list: string) => Object.fromEntries(CALLERS.map((name, i) => [name, list.split(" ")[i]]));

test("every procedure of the router has a row, and every row a procedure", () => {
  const t = createTrpc({ heartbeat: 1_000, onError: () => undefined, authenticate: async () => NOBODY });
  const schemas = {
    draftSchema: createDraftSchema(),
    preferencesSchema: createPreferencesSchema(() => 0),
    usageSchema: createUsageSchema(() => 0),
  };
  const router = createAppRouter(t, schemas as unknown as Services);
  const procedures = Object.entries(router._def.procedures as unknown as Record<string, { _def: { type: string } }>);
  const kinds = procedures.map(([path, { _def }]) => [path, _def.type === "subscription" ? "stream" : _def.type]);
  const rows = Object.entries(PROCEDURES).map(([path, { kind }]) => [path, kind]);
  expect(kinds.toSorted()).toEqual(rows.toSorted());
});

test("every route has a row, and every row a route", () => {
  const api = createApi({} as Parameters<typeof createApi>[0]);
  const operations = createOperations({} as Parameters<typeof createOperations>[0]);
  const assets = createAssets("no-such-folder");
  const app = createApp({ api, operations, assets, origins: {} } as unknown as Parameters<typeof createApp>[0]);
  const routes = new Set(app.routes.map(({ method, path }) => `${method} ${path}`));
  expect([...routes].filter((route) => !MIDDLEWARE.includes(route)).toSorted()).toEqual(Object.keys(ROUTES).toSorted());
});

describe("each of the callers is answered as the table says by", () => {
  test.each(Object.entries(ROUTES))("%s", async (route, row) => {
    const path = row.path ?? route.split(" ")[1] ?? "";
    expect(byName(await statuses((headers) => send(path, row, headers)))).toEqual(byName(row.expected));
  });

  test.each(Object.entries(STREAMS))("the stream %s", async (path, expected) => {
    expect(byName(await statuses((headers) => openStream(path, headers)))).toEqual(byName(expected));
  });

  test.each(Object.entries(PROCEDURES))("%s", async (path, row) => {
    const { kind, input, expected } = row;
    const search = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    const call = async (headers: Credential) => {
      if (kind === "stream") return await openStream(`/trpc/${path}${search}`, headers);
      const each: unknown = typeof input === "function" ? input() : input;
      return (await (kind === "query" ? query : mutate)(server, path, each, headers)).status;
    };
    expect(byName(await statuses(call))).toEqual(byName(expected));
  });
});

test("a refusal says what is missing, and repeats no credential", async () => {
  const refusals = await Promise.all(
    CALLERS.map((name) => mutate(server, "users.disable", MISSING, credentials[name])),
  );
  for (const [i, { status, text }] of refusals.entries()) {
    const name = CALLERS[i] ?? "nobody";
    const [secret = "no secret"] = Object.values(credentials[name]).map((value) => value.replace(/^.*[ =]/, ""));
    expect(text).not.toContain(secret);
    if (status === 401) expect(text).toContain("no valid credential");
    if (status === 403) expect(text).toContain("only admins may");
  }
});

test("a member who may read nothing sees an empty history and an empty stream, not everything", async () => {
  const admin = await signIn(server, "admin");
  const general = { channel: "general", permission: "read", audience: "everyone" };
  expect(await mutate(server, "channels.revoke", general, admin)).toMatchObject({ status: 200 });
  const mia = await signIn(server, "mia");
  const list = await query<{ items: unknown[] }>(server, "notifications.list", undefined, mia);
  expect(list.data.items).toEqual([]);
  expect(await query(server, "channels.list", undefined, mia)).toMatchObject({ data: [] });
  using stream = await openSse(server.url + STREAM_PATH, { headers: mia });
  await stream.take(2);
  // Ephemeral, because what is stored she may read afterwards, once she has the grant.
  const { status } = await mutate(
    server,
    "notifications.publish",
    { channel: "vault", message: "secret", ephemeral: true },
    admin,
  );
  expect(status).toBe(200);
  const grant = { channel: "vault", permission: "read", audience: "user", userId: "mia" };
  await mutate(server, "channels.grant", grant, admin);
  await server.publish({ channel: "vault", message: "for mia" });
  expect(await nextNotification(stream)).toMatchObject({ message: "for mia" });
  expect(stream.text).not.toContain("secret");
});
