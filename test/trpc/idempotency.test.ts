/** Sent again with the same idempotency key: through REST and tRPC, with a clock that is turned. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import type { Stored } from "../../server/rules/answer.ts";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { makeTempFolder } from "../_temp.ts";

const DAY = 86_400_000;
const clock = createClock();
const folder = makeTempFolder();
let server: TestServer;
let admin: Credential;
let ann: Credential;
const start = () => startTestServer({ now: clock.now, folder: folder.path });

beforeAll(async () => {
  server = await start();
  admin = { cookie: await signInAdmin(server) };
  const grant = { channel: "general", permission: "publish", audience: "user", userId: "ann" };
  await mutate(server, "channels.grant", grant, admin);
  ann = await makeUser(server, admin, { id: "ann" });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Sent {
  readonly status: number;
  readonly body: Stored & { readonly error?: { readonly message: string } };
}

/** Publishes over REST, with a key in the header. */
async function send(as: Credential, draft: object, key?: string): Promise<Sent> {
  const headers = { "content-type": "application/json", ...as, ...(key !== undefined && { "idempotency-key": key }) };
  const init = { method: "POST", headers, body: JSON.stringify(draft) };
  const response = await fetch(`${server.url}/api/notifications`, init);
  return { status: response.status, body: (await response.json()) as Sent["body"] };
}

/** How many keys the database remembers. */
function countKeys(): number {
  using db = openDatabase(folder.path, { readonly: true });
  return db.sqlite.prepare("SELECT count(*) FROM idempotency").pluck().get() as number;
}

let made = 0;
const newKey = () => {
  made += 1;
  return `key ${made}`;
};

describe("the same idempotency key", () => {
  test("gives the first answer again, with 200 and deduplicated, and stores nothing more", async () => {
    const key = newKey();
    const first = await send(ann, { message: "once", data: { a: 1, b: [1, 2] } }, key);
    expect(first).toMatchObject({ status: 201, body: { message: "once", sender: "ann" } });
    expect(first.body).not.toHaveProperty("deduplicated");
    expect(first.body, "the key is no part of it").not.toHaveProperty("idempotencyKey");
    clock.advance(1_000);
    const again = await send(ann, { data: { b: [1, 2], a: 1 }, message: "once" }, key);
    expect(again).toEqual({ status: 200, body: { ...first.body, deduplicated: true } });
    const { data } = await mutate(
      server,
      "notifications.publish",
      { message: "once", data: { a: 1, b: [1, 2] }, idempotencyKey: key },
      ann,
    );
    expect(data, "as a field, over tRPC").toEqual({ ...first.body, deduplicated: true });
    expect(server.storedIds().filter((id) => id >= first.body.id)).toEqual([first.body.id]);
  });

  test("of many that arrive at the same moment stores one, and all are given it", async () => {
    const key = newKey();
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(ann, { message: "many" }, key)));
    const [{ body } = { body: undefined }] = sent;
    expect(new Set(sent.map(({ body: { id, timestamp } }) => `${id} ${timestamp}`)).size).toBe(1);
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(sent.filter(({ status, body }) => status === 200 && body.deduplicated)).toHaveLength(19);
    expect(server.storedIds().filter((id) => id >= (body?.id ?? 0))).toEqual([body?.id]);
  });

  test.each([
    ["another message", { message: "other" }],
    ["another field", { message: "first", title: "t" }],
    ["another channel", { message: "first", channel: "other" }],
    ["another order of a list", { message: "first", tags: ["b", "a"] }],
    ["other data", { message: "first", data: { a: "1" } }],
  ] as [string, object][])("with %s is refused with 409, and stores nothing", async (_, draft) => {
    await mutate(server, "channels.create", { name: "other" }, admin);
    await mutate(
      server,
      "channels.grant",
      { channel: "other", permission: "publish", audience: "user", userId: "ann" },
      admin,
    );
    const key = newKey();
    const first = await send(ann, { message: "first", tags: ["a", "b"], data: { a: 1 } }, key);
    const { status, body } = await send(ann, { message: "first", tags: ["a", "b"], data: { a: 1 }, ...draft }, key);
    expect([status, body.error?.message]).toEqual([409, expect.stringContaining(`"${key}" came before`)]);
    expect(server.storedIds().at(-1)).toBe(first.body.id);
    const viaTrpc = await mutate(server, "notifications.publish", { ...draft, idempotencyKey: key }, ann);
    expect(viaTrpc.status).toBe(409);
  });

  test("of another sender is another key: of another user, another token, and a later token of the same name", async () => {
    const key = newKey();
    const token = await makeToken(server, ann, { name: "shop", scopes: ["publish"] });
    const senders: Credential[] = [ann, admin, token.headers];
    for (const as of senders) expect((await send(as, { message: "m" }, key)).status).toBe(201);
    await mutate(server, "tokens.revoke", { id: token.id }, ann);
    const later = await makeToken(server, ann, { name: "shop", scopes: ["publish"] });
    expect(await send(later.headers, { message: "m" }, key)).toMatchObject({
      status: 201,
      body: { sender: "token:shop" },
    });
    expect((await send(later.headers, { message: "m" }, key)).status).toBe(200);
  });

  test("is remembered for 24 hours, also over a restart, and then forgotten", async () => {
    const key = newKey();
    const first = await send(ann, { message: "for a day" }, key);
    clock.advance(DAY - 1);
    await server[Symbol.asyncDispose]();
    server = await start();
    expect(await send(ann, { message: "for a day" }, key)).toEqual({
      status: 200,
      body: { ...first.body, deduplicated: true },
    });
    clock.advance(1);
    const next = await send(ann, { message: "for a day" }, key);
    expect([next.status, next.body.id]).toEqual([201, expect.not.toBeOneOf([first.body.id])]);
    clock.advance(DAY);
    await expect.poll(countKeys, { timeout: 10_000 }).toBe(0);
  });

  test("gives the first answer also when that was removed or has expired since", async () => {
    const keys = [newKey(), newKey()];
    const drafts = [{ message: "removed" }, { message: "expired", expiresAt: "+10m" }];
    const first = [await send(ann, drafts[0] ?? {}, keys[0]), await send(ann, drafts[1] ?? {}, keys[1])];
    await mutate(server, "notifications.remove", { id: first[0]?.body.id }, ann);
    clock.advance(600_000);
    await expect.poll(() => server.storedIds(), { timeout: 10_000 }).not.toContain(first[1]?.body.id);
    for (const [n, sent] of first.entries()) {
      expect(await send(ann, drafts[n] ?? {}, keys[n])).toEqual({
        status: 200,
        body: { ...sent.body, deduplicated: true },
      });
    }
  });

  test("holds for what is scheduled: while it waits, after it was cancelled, and after it was delivered", async () => {
    const key = newKey();
    const draft = { message: "later", deliverAt: "+1h" };
    const first = await send(ann, draft, key);
    expect(first).toMatchObject({ status: 202, body: { scheduledId: expect.any(Number) } });
    clock.advance(1_000);
    const again = { status: 200, body: { ...first.body, deduplicated: true } };
    expect(await send(ann, draft, key)).toEqual(again);
    expect((await send(ann, { ...draft, deliverAt: "+2h" }, key)).status).toBe(409);
    const { scheduledId } = first.body as unknown as { scheduledId: number };
    await mutate(server, "notifications.cancel", { scheduledId }, ann);
    expect(await send(ann, draft, key)).toEqual(again);

    // A time that was is no reason to refuse what was right the first time.
    const timed = { message: "at its time", deliverAt: clock.now() + 1_000 };
    const key2 = newKey();
    const second = await send(ann, timed, key2);
    clock.advance(1_000);
    const messages = async () => await (await fetch(`${server.url}/api/notifications`, { headers: ann })).text();
    await expect.poll(messages, { timeout: 10_000 }).toContain("at its time");
    expect(await send(ann, timed, key2)).toEqual({ status: 200, body: { ...second.body, deduplicated: true } });
    const never = await send(ann, timed, newKey());
    expect([never.status, never.body.error?.message]).toEqual([
      400,
      expect.stringMatching(/deliverAt must lie in the future.*\(got \d+\)/),
    ]);
  });
});

describe("a publish that fails", () => {
  test("leaves no key: what is right afterwards is the first", async () => {
    const key = newKey();
    const before = countKeys();
    expect((await send(ann, { channel: "missing", message: "m" }, key)).status).toBe(404);
    expect((await send(ann, { message: "" }, key)).status).toBe(400);
    expect(countKeys()).toBe(before);
    expect((await send(ann, { message: "m" }, key)).status).toBe(201);
  });
});

describe("the header Idempotency-Key", () => {
  test("may be written as a structured field, in quotes", async () => {
    const key = newKey();
    const { body } = await send(ann, { message: "m" }, `"${key}"`);
    expect((await send(ann, { message: "m", idempotencyKey: key })).body).toEqual({ ...body, deduplicated: true });
  });

  test("works for a text body, and must be the same as the field", async () => {
    const key = newKey();
    const text = () =>
      fetch(`${server.url}/api/notifications`, {
        method: "POST",
        headers: { ...ann, "idempotency-key": key },
        body: "text",
      });
    expect([(await text()).status, (await text()).status]).toEqual([201, 200]);
    expect((await send(ann, { message: "m", idempotencyKey: "same" }, "same")).status).toBe(201);
    const { status, body } = await send(ann, { message: "m", idempotencyKey: "one" }, "two");
    expect([status, body.error?.message]).toEqual([
      400,
      expect.stringContaining('idempotencyKey differs from the header Idempotency-Key ("two")'),
    ]);
  });

  test.each([
    ["is empty", "", /idempotencyKey must not be empty/],
    ["is too long", "x".repeat(201), /idempotencyKey must have at most 200 characters/],
  ])("is refused when it %s", async (_, key, words) => {
    const { status, body } = await send(ann, { message: "m" }, key);
    expect([status, body.error?.message]).toEqual([400, expect.stringMatching(words)]);
  });

  test("is refused for what is ephemeral", async () => {
    const { status, body } = await send(ann, { message: "m", ephemeral: true }, newKey());
    expect([status, body.error?.message]).toEqual([
      400,
      expect.stringMatching(/idempotencyKey cannot be given for an ephemeral/),
    ]);
  });
});
