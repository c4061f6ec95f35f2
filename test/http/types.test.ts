import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Writer } from "../../db/writer.ts";
import type { Registration, TypePage } from "../../server/catalogue/type_desk.ts";
import type { TypeView } from "../../server/catalogue/type_view.ts";
import type { Fault } from "../../server/rules/explain.ts";
import type { Notification } from "../../server/rules/notification.ts";
import { createClock } from "../_clock.ts";
import { makeToken, makeUser, mutate } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { nextNotification, openSse } from "../_sse.ts";
import { makeTempFolder } from "../_temp.ts";

interface Answer {
  readonly status: number;
  readonly body: Registration & Notification & { readonly error: { message: string; issues?: readonly Fault[] } };
}

const clock = createClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    now: clock.now,
    channels: ["orders", "vault"],
    env: { BELFRY_MAX_MESSAGE: "1000" },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

async function send(path: string, input: unknown, where = server): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await where.fetch(path, { method: "POST", headers, body: JSON.stringify(input) });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}
const register = (input: unknown, where = server) => send("/api/types", input, where);
const publish = (input: unknown, where = server) => send("/api/notifications", input, where);
const read = async <T>(path: string) => (await (await server.fetch(path)).json()) as T;

const SCHEMA = {
  type: "object",
  properties: {
    code: { type: "string" },
    items: { type: "array", items: { type: "object", properties: { price: { type: "number" } } } },
    note: { type: "string" },
  },
  required: ["code"],
};
const TYPE = {
  name: "order.created",
  description: "A basket became an order",
  severity: "success",
  channel: "orders",
  title: "Order {{data.code}}",
  message: "Order {{data.code}} is here{{data.note}}",
  schema: SCHEMA,
};

/** Makes a type of a name of its own. */
async function makeType(name: string, more: object = {}): Promise<string> {
  const { status, body } = await register({ ...TYPE, name, ...more });
  if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`);
  return name;
}

describe("registering a type", () => {
  test("answers with the version, and the same again changes nothing and leaves no trace", async () => {
    const made = await register(TYPE);
    const at = new Date(clock.now()).toISOString();
    const view = { ...TYPE, version: 1, versions: [1], format: null, createdAt: at, updatedAt: at };
    expect(made).toEqual({ status: 201, body: { ...view, change: "created" } });
    clock.advance(1_000);
    expect(await register(TYPE)).toEqual({ status: 200, body: { ...view, change: "unchanged" } });
    expect(await read("/api/types/order.created")).toEqual(view);
    const audit = await server.query("audit.list", { action: "type.register", target: "order.created" });
    const { result } = (await audit.json()) as { result: { data: { items: { before: object; after: object }[] } } };
    expect(result.data.items).toHaveLength(1);
    expect(result.data.items[0]).toMatchObject({
      actor: "token:BELFRY_ADMIN_TOKEN",
      before: {},
      after: { version: 1, severity: "success", title: TYPE.title, schema: expect.stringMatching(/^sha256:/) },
    });
  });

  test("changes the texts of a version, and publishing follows at once", async () => {
    const type = await makeType("texts");
    const grown = { ...SCHEMA, properties: { ...SCHEMA.properties, gift: { type: "boolean" } } };
    const changed = await register({ ...TYPE, name: type, severity: null, title: "New {{data.gift}}", schema: grown });
    expect(changed).toMatchObject({ status: 200, body: { change: "updated", version: 1, severity: null } });
    const { body } = await publish({ type, data: { code: "A", gift: true } });
    expect(body).toMatchObject({ title: "New true", severity: "info", typeVersion: 1 });
  });

  test("refuses another schema for a version with the place of the change, and takes it as the next one", async () => {
    const type = await makeType("versions");
    const schema = { ...SCHEMA, properties: { ...SCHEMA.properties, code: { type: "integer" } } };
    const refused = await register({ ...TYPE, name: type, schema });
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toBe(
      'Cannot register type "versions": in version 1 /schema/properties/code/type changed from "string" to "integer", which is not compatible; register it as version 2',
    );
    expect(await publish({ type, data: { code: 1 } })).toMatchObject({ status: 400 });
    expect(await register({ ...TYPE, name: type, schema, version: 3 })).toMatchObject({ status: 409 });
    expect(await register({ ...TYPE, name: type, schema, version: 2 })).toMatchObject({
      status: 201,
      body: { version: 2, versions: [1, 2], change: "created" },
    });
  });

  test("publishing uses the newest version, or the one that is named; what was published keeps its own", async () => {
    const type = await makeType("both");
    const first = await publish({ type, data: { code: "A" } });
    const schema = { type: "object", properties: { code: { type: "integer" } }, required: ["code"] };
    await register({ name: type, version: 2, message: "{{data.code}}", schema });
    expect(await publish({ type, data: { code: "A" } })).toMatchObject({ status: 400 });
    expect(await publish({ type, typeVersion: 1, data: { code: "A" } })).toMatchObject({
      status: 201,
      body: { typeVersion: 1, title: "Order A", channel: "orders" },
    });
    expect(await publish({ type, data: { code: 7 } })).toMatchObject({
      status: 201,
      body: { typeVersion: 2, message: "7", channel: "general" },
    });
    const { items } = await read<{ items: Notification[] }>("/api/notifications?types=both");
    expect(items.map(({ typeVersion }) => typeVersion)).toEqual([2, 1, 1]);
    expect(items.at(-1)).toEqual(first.body);
    expect(await read<TypeView>("/api/types/both?version=1")).toMatchObject({ version: 1, title: TYPE.title });
    expect(await read<TypeView>("/api/types/both")).toMatchObject({ version: 2, versions: [1, 2], title: null });
  });

  test("by several at once makes one version, and all are answered", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => register({ ...TYPE, name: "race", description: `by ${n % 2}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.every(({ status }) => status < 300)).toBe(true);
    const schemas = ["string", "number", "boolean", "null"].map((type) => ({
      ...SCHEMA,
      properties: { code: { type } },
    }));
    const versions = await Promise.all(schemas.map((schema) => register({ name: "race", version: 2, schema })));
    expect(versions.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    expect(await read("/api/types/race")).toMatchObject({ versions: [1, 2] });
  });

  test.each<[string, object, number, string[]]>([
    ["a template with an unknown field", { title: "{{data.cod}}" }, 400, ["title", "{{data.cod}}", "the schema"]],
    ["a template with an unknown root", { message: "{{user.name}}" }, 400, ["message", "{{user.name}}"]],
    ["a template that is not closed", { message: "{{data.code" }, 400, ["message", "{{ without }}"]],
    ["a schema that is none", { schema: { type: "objekt" } }, 400, ["/schema/type", "is no JSON Schema"]],
    ["a schema from elsewhere", { schema: { $ref: "http://e.com" } }, 400, ["/schema/$ref", "points out"]],
    ["a schema that is a text", { schema: "string" }, 400, ["/schema", "is no JSON Schema"]],
    ["a schema that is too large", { schema: { title: "x".repeat(65_536) } }, 400, ["/schema", "65536 bytes"]],
    ["a channel that is not there", { channel: "nowhere" }, 404, ['"nowhere"', "create it first"]],
    ["the type of plain messages", { name: "notification" }, 400, ["name", "names none"]],
    ["an unknown field", { colour: "red" }, 400, ["colour"]],
    ["a first version that is none", { version: 2 }, 409, ["the first is 1"]],
  ])("refuses %s, and stores nothing", async (_, more, status, words) => {
    const refused = await register({ ...TYPE, name: "wrong", ...more });
    expect(refused.status).toBe(status);
    for (const word of words) expect(refused.body.error.message).toContain(word);
    expect((await server.fetch("/api/types/wrong")).status).toBe(404);
  });

  test("over tRPC refuses with the same words and issues", async () => {
    const response = await server.mutate("types.register", { ...TYPE, name: "wrong", title: "{{data.cod}}" });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string; data: { issues: Fault[] } } };
    expect(error.message).toContain("title names {{data.cod}}, which the schema does not have");
    expect(error.data.issues).toEqual([{ path: "title", message: expect.stringContaining("{{data.cod}}") }]);
  });

  test("refuses a body that is no JSON", async () => {
    const response = await server.fetch("/api/types", { method: "POST", body: "{name" });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("not valid JSON")]);
  });
});

test("types are listed by name, page by page, each in its newest version", async () => {
  await using other = await startTestServer();
  for (const name of ["c", "a", "b"]) await register({ name }, other);
  await register({ name: "b", version: 2, schema: {} }, other);
  const page = async (query: string) => (await (await other.fetch(`/api/types${query}`)).json()) as TypePage;
  const first = await page("?limit=2");
  expect(first.items.map(({ name, version }) => [name, version])).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  const rest = await page(`?limit=2&cursor=${first.next}`);
  expect([rest.items.map(({ name }) => name), rest.next]).toEqual([["c"], null]);
  expect((await other.fetch("/api/types?limit=x")).status).toBe(400);
  expect((await other.fetch("/api/types?colour=red")).status).toBe(400);
});

describe("publishing a registered type", () => {
  test("fills channel, severity, title and message, and says which version it is", async () => {
    await makeType("fills");
    const { status, body } = await publish({ type: "fills", data: { code: "A-7" } });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...{ channel: "orders", event: "notification", type: "fills", typeVersion: 1, severity: "success" },
      ...{ title: "Order A-7", message: "Order A-7 is here" },
    });
    expect(body).not.toHaveProperty("format");
  });

  test("leaves what the publisher gave", async () => {
    await makeType("gives", { format: "markdown" });
    const given = { channel: "vault", severity: "critical", title: "T", message: "*M*", event: "order" };
    const { body } = await publish({ type: "gives", data: { code: "A" }, ...given });
    expect(body).toMatchObject({ ...given, typeVersion: 1 });
    // The type's format is of its own message.
    expect(body).not.toHaveProperty("format");
  });

  test("takes the event for the type when there is no type, as for every notification", async () => {
    const event = await makeType("signal");
    expect(await publish({ event, data: {} })).toMatchObject({ status: 400 });
    const { body } = await publish({ event, data: { code: "A" } });
    expect(body).toMatchObject({ event, type: event, typeVersion: 1, message: "Order A is here" });
  });

  test("says of each fault of data where it is, and stores nothing", async () => {
    const type = await makeType("faults");
    const before = server.storedIds();
    const refused = await publish({ type, data: { items: [{ price: "12" }] } });
    expect(refused.status).toBe(400);
    expect(refused.body.error.issues).toEqual([
      { path: "/data/code", message: "is required" },
      { path: "/data/items/0/price", message: 'must be number (got "12")' },
    ]);
    expect(refused.body.error.message).toContain("Cannot publish: /data/code is required; /data/items/0/price must be");
    expect((await publish({ type })).body.error.issues).toEqual([{ path: "/data", message: "is required" }]);
    const overTrpc = await server.mutate("notifications.publish", { type, data: { code: 1 } });
    expect([overTrpc.status, await overTrpc.text()]).toEqual([
      400,
      expect.stringContaining("/data/code must be string"),
    ]);
    expect(server.storedIds()).toEqual(before);
  });

  test("needs a message all the same, when neither the publisher nor the type has one", async () => {
    const type = await makeType("silent", { message: null });
    const refused = await publish({ type, data: { code: "A" } });
    expect(refused.body.error.issues).toEqual([{ path: "message", message: "is required when event is notification" }]);
    const empty = await makeType("empty", { message: "{{data.note}}" });
    expect(await publish({ type: empty, data: { code: "A" } })).toMatchObject({ status: 400 });
    expect(await publish({ type: empty, event: "x", data: { code: "A" } })).toMatchObject({ status: 201 });
  });

  test("escapes values in a Markdown message, not in the title", async () => {
    const type = await makeType("markdown", { format: "markdown", message: "# {{data.code}}" });
    const code = "<b>*x*</b>\n# y";
    const { body } = await publish({ type, data: { code } });
    const message = "# &lt;b&gt;\\*x\\*&lt;\\/b&gt; \\# y";
    expect(body).toMatchObject({ format: "markdown", message, title: "Order <b>*x*</b> # y" });
    const asText = await publish({ type, format: "text", data: { code } });
    expect(asText.body).toMatchObject({ format: "text", message: `# ${code}` });
  });

  test("cuts a title that becomes too long, and refuses a message that does", async () => {
    const type = await makeType("long");
    const { body } = await publish({ type, message: "m", data: { code: "x".repeat(2_000) } });
    expect(body.title).toBe(`${"Order x".padEnd(249, "x")}…`);
    const refused = await publish({ type, data: { code: "é".repeat(600) } });
    expect(refused.status).toBe(400);
    expect(refused.body.error.issues).toEqual([
      { path: "message", message: expect.stringContaining("must have at most 1000 bytes") },
    ]);
  });

  test("refuses a version that is not there, of a type that is registered or not", async () => {
    const type = await makeType("known");
    const wrong = await publish({ type, typeVersion: 9, data: { code: "A" } });
    expect(wrong.body.error.issues).toEqual([
      { path: "typeVersion", message: "names no version of type known: its newest version is 1 (got 9)" },
    ]);
    const unknown = await publish({ type: "unknown", typeVersion: 1, message: "m" });
    expect(unknown.body.error.message).toContain("names no version of type unknown: it is not registered");
  });

  test("leaves types that are not registered as free as they were", async () => {
    const { status, body } = await publish({ type: "free", message: "m {{data.x}}", data: { any: 1 } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ type: "free", severity: "info", channel: "general", message: "m {{data.x}}" });
    expect(body).not.toHaveProperty("typeVersion");
  });

  test("asks for the permission on the channel that it ends up in", async () => {
    const type = await makeType("channelled", { channel: "vault" });
    const admin = { cookie: await signInAdmin(server) };
    await mutate(
      server,
      "channels.grant",
      { channel: "vault", permission: "publish", audience: "user", userId: "val" },
      admin,
    );
    const val = await makeUser(server, admin, { id: "val" });
    const token = await makeToken(server, val, { scopes: ["publish"], patterns: ["vault"] });
    const draft = { type, data: { code: "A" } };
    expect(await mutate(server, "notifications.publish", draft, token.headers)).toMatchObject({
      status: 200,
      data: { channel: "vault" },
    });
    const elsewhere = await mutate(server, "notifications.publish", { ...draft, channel: "orders" }, token.headers);
    expect(elsewhere.status).toBe(403);
  });

  test("ephemeral, checks and fills it just the same", async () => {
    const type = await makeType("brief");
    const headers = { authorization: `Bearer ${TOKEN}` };
    using stream = await openSse(`${server.url}/api/notifications/stream?channels=orders`, { headers });
    await stream.take(2);
    expect(await publish({ type, ephemeral: true, data: {} })).toMatchObject({ status: 400 });
    expect(await publish({ type, ephemeral: true, data: { code: "E" } })).toMatchObject({ status: 202 });
    expect(await nextNotification(stream)).toMatchObject({ title: "Order E", typeVersion: 1 });
  });
});

test("types are there after a restart", async () => {
  using folder = makeTempFolder();
  {
    await using before = await startTestServer({ folder: folder.path });
    await register({ name: "kept", message: "{{data.a}}", schema: { required: ["a"] } }, before);
  }
  await using after = await startTestServer({ folder: folder.path });
  expect(await publish({ type: "kept", data: {} }, after)).toMatchObject({ status: 400 });
  expect(await publish({ type: "kept", data: { a: 1 } }, after)).toMatchObject({ body: { message: "1" } });
});

test("a type that another process registers is followed, at once where its version is named", async () => {
  const type = "from.elsewhere";
  const before = await publish({ type, message: "free", data: {} });
  expect(before.status).toBe(201);
  await using writer = await Writer.start(server.folder);
  const texts = { description: "", severity: "warning", channel: null, title: null, message: null, format: null };
  const schema = JSON.stringify({ required: ["a"] });
  const basis = { newest: 0, schema: null };
  const input = { name: type, version: 1, ...texts, schema, basis, actor: { id: "cli" }, at: clock.now() };
  expect(await writer.execute({ kind: "type.register", input })).toMatchObject({ name: type, version: 1 });
  // What was decided on another state is not written.
  expect(await writer.execute({ kind: "type.register", input })).toBeNull();
  expect(await publish({ type, typeVersion: 1, message: "m", data: {} })).toMatchObject({ status: 400 });
  const { body } = await publish({ type, message: "m", data: { a: 1 } });
  expect(body).toMatchObject({ severity: "warning", typeVersion: 1 });
});

test("a type that another process registers is followed within a moment", async () => {
  await using writer = await Writer.start(server.folder);
  const texts = { description: "", severity: null, channel: null, title: null, message: "from there", format: null };
  const basis = { newest: 0, schema: null };
  const input = { name: "later", version: 1, ...texts, schema: null, basis, actor: { id: "cli" }, at: clock.now() };
  await writer.execute({ kind: "type.register", input });
  await vi.waitFor(async () => expect(await publish({ type: "later" })).toMatchObject({ status: 201 }), 15_000);
});

describe("a schema whose check could take for ever", () => {
  const expression = { $ref: "#/$defs/expression" };
  const branch = (op: string) => ({
    type: "object",
    properties: { left: expression, op: { const: op }, right: expression },
    required: ["op", "left"],
  });
  const EXPRESSION = {
    ...expression,
    $defs: { expression: { anyOf: [branch("and"), branch("or"), branch("not"), { type: "string" }] } },
  };
  const nest = (depth: number): unknown => (depth === 0 ? 7 : { left: nest(depth - 1), op: "not" });
  const doubling = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => {
      const next = { $ref: `#/$defs/d${index + 1}` };
      return [`d${index}`, { anyOf: [next, next] }];
    }),
  );

  test("passes what is right", async () => {
    expect((await register({ name: "costly.right", schema: EXPRESSION })).status).toBe(201);
    const data = { left: { left: "a", op: "and" }, op: "not" };
    expect((await publish({ type: "costly.right", message: "m", data })).status).toBe(201);
  });

  test.each([
    ["union that leads to itself", EXPRESSION, nest(24)],
    ["chain that doubles", { $ref: "#/$defs/d0", $defs: { ...doubling, d30: { type: "string" } } }, 1],
    [
      "pattern that backtracks",
      { type: "object", properties: { code: { type: "string", pattern: "^(a+)+$" } } },
      { code: `${"a".repeat(60)}b` },
    ],
  ])("%s: what cannot be checked in time is refused, and the hub goes on", async (name, schema, data) => {
    const type = `costly.${name.split(" ", 1)[0]}`;
    expect((await register({ name: type, schema })).status).toBe(201);
    const refused = await publish({ type, message: "m", data });
    expect(refused.status).toBe(400);
    expect(refused.body.error.issues?.[0]?.path).toMatch(/^\/data/);
    expect((await publish({ message: "m" })).status).toBe(201);
  });
});

test("a type shows its channel only to those who may know of it", async () => {
  const admin = { authorization: `Bearer ${TOKEN}` };
  const cookie = await makeUser(server, admin, { id: "curious" });
  await mutate(server, "channels.revoke", { channel: "vault", permission: "read", audience: "everyone" }, admin);
  expect((await register({ name: "vault.opened", channel: "vault" })).body.channel).toBe("vault");
  const shown = await fetch(`${server.url}/api/types/vault.opened`, { headers: cookie });
  expect(((await shown.json()) as TypeView).channel).toBeNull();
  const list = await fetch(`${server.url}/api/types`, { headers: cookie });
  expect(await list.text()).not.toContain('"vault"');
  expect((await read<TypeView>("/api/types/vault.opened")).channel).toBe("vault");
});
