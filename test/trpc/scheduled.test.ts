/** What is delivered at its time: through REST and tRPC, with a clock that is turned. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScheduledPage } from "../../server/publishing/scheduler.ts";
import type { Scheduled } from "../../server/rules/answer.ts";
import type { Notification } from "../../server/rules/notification.ts";
import { createClock } from "../_clock.ts";
import { type Credential, JWT_SECRET, makeToken, makeUser, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse, type SseStream } from "../_sse.ts";

const HOUR = 3_600_000;
const clock = createClock();
let server: TestServer;
let admin: Credential;
let ann: Credential;
let bob: Credential;
/** Manages `ops`. */
let max: Credential;
let stream: SseStream;

beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["ops"], env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  admin = { cookie: await signInAdmin(server) };
  for (const [channel, permission, userId] of [
    ["general", "publish", "ann"],
    ["ops", "publish", "ann"],
    ["ops", "manage", "max"],
    ["general", "publish", "bob"],
  ]) {
    await mutate(server, "channels.grant", { channel, permission, audience: "user", userId }, admin);
  }
  ann = await makeUser(server, admin, { id: "ann" });
  bob = await makeUser(server, admin, { id: "bob" });
  max = await makeUser(server, admin, { id: "max" });
  stream = await openSse(`${server.url}/api/notifications/stream`, { headers: admin });
  await stream.next();
});
afterAll(async () => {
  stream[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const inHours = (hours: number) => new Date(clock.now() + hours * HOUR).toISOString();
const schedule = async (as: Credential, draft: object): Promise<Scheduled> => {
  const { status, data, text } = await mutate<Scheduled>(server, "notifications.publish", draft, as);
  expect(status, text).toBe(200);
  return data;
};
const list = async (as: Credential, input?: object): Promise<ScheduledPage> =>
  (await query<ScheduledPage>(server, "notifications.scheduled", input, as)).data;
const idsOf = ({ items }: ScheduledPage) => items.map(({ scheduledId }) => scheduledId);

/** The next notification of the stream. */
async function next(): Promise<Notification> {
  for (;;) {
    const { event, data } = await stream.next();
    if (event === "notification") return JSON.parse(data) as Notification;
  }
}

/** Waits until what somebody sees waiting is so many. */
const untilWaiting = (count: number) =>
  expect.poll(async () => (await list(admin)).items.length, { timeout: 10_000 }).toBe(count);

describe("a notification with deliverAt", () => {
  test("is answered with 202 over REST, delivered when it is due, and is then like any other", async () => {
    const draft = { channel: "ops", title: "t", message: "later", deliverAt: inHours(1), tags: ["x"], data: { n: 1 } };
    const response = await server.fetch("/api/notifications", {
      method: "POST",
      headers: { "content-type": "application/json", ...ann, authorization: "" },
      body: JSON.stringify(draft),
    });
    const scheduled = (await response.json()) as Scheduled;
    expect(response.status).toBe(202);
    expect(scheduled).toEqual({
      ...{ scheduledId: expect.any(Number), deliverAt: draft.deliverAt, channel: "ops", event: "notification" },
      ...{ type: "notification", severity: "info", title: "t", message: "later", tags: ["x"], sender: "ann" },
      ...{ createdAt: new Date(clock.now()).toISOString(), data: { n: 1 } },
    });
    expect((await list(ann)).items).toEqual([scheduled]);
    clock.advance(HOUR - 1);
    expect(idsOf(await list(ann))).toEqual([scheduled.scheduledId]);
    clock.advance(1);
    const delivered = await next();
    expect(delivered).toMatchObject({ title: "t", message: "later", sender: "ann", data: { n: 1 }, read: false });
    expect(delivered.timestamp, "when it was delivered").toBe(draft.deliverAt);
    expect(delivered).not.toHaveProperty("deliverAt");
    expect((await list(ann)).items).toEqual([]);
    const got = await query<Notification>(server, "notifications.get", { id: delivered.id }, ann);
    expect(got.data).toMatchObject({ id: delivered.id, message: "later" });
  });

  test("comes in the order of the times, whatever the order in which they were given", async () => {
    const hours = [3, 1, 2, 1];
    for (const [n, ahead] of hours.entries())
      await schedule(ann, { message: `${ahead}/${n}`, deliverAt: inHours(ahead) });
    clock.advance(4 * HOUR);
    const messages = [await next(), await next(), await next(), await next()].map(({ message }) => message);
    expect(messages).toEqual(["1/1", "1/3", "2/2", "3/0"]);
  });

  test.each([
    ["in the past", () => new Date(clock.now() - 1).toISOString(), /deliverAt must lie in the future/],
    ["now", () => clock.now(), /deliverAt must lie in the future/],
    ["more than a year ahead", () => clock.now() + 367 * 24 * HOUR, /deliverAt must lie at most 366 days ahead/],
    ["no time", () => "tomorrow", /deliverAt must be an ISO time such as/],
  ])("is refused when it is %s", async (_, deliverAt, words) => {
    const { status, text } = await mutate(
      server,
      "notifications.publish",
      { message: "m", deliverAt: deliverAt() },
      ann,
    );
    expect([status, text]).toEqual([400, expect.stringMatching(words)]);
    expect((await list(ann)).items).toEqual([]);
  });

  test("is dropped, and not delivered, when it has expired by the time that it is released", async () => {
    const expiring = { message: "stale", deliverAt: inHours(1), expiresAt: inHours(2) };
    const { scheduledId } = await schedule(ann, expiring);
    clock.advance(2 * HOUR);
    await untilWaiting(0);
    await schedule(ann, { message: "after", deliverAt: "+1s" });
    clock.advance(1_000);
    expect((await next()).message).toBe("after");
    const { text } = await query(server, "audit.list", { action: "scheduled.drop" }, admin);
    expect(text).toContain(`general scheduled ${scheduledId}`);
    expect(text).toContain("it has expired");
  });
});

describe("what waits", () => {
  test("is listed for its sender, whoever manages the channel, and admins, page by page", async () => {
    const made = [
      await schedule(ann, { channel: "ops", message: "1", deliverAt: inHours(3) }),
      await schedule(ann, { channel: "general", message: "2", deliverAt: inHours(1) }),
      await schedule(bob, { channel: "general", message: "3", deliverAt: inHours(2) }),
    ];
    const [ops, first, bobs] = made.map(({ scheduledId }) => scheduledId);
    expect(idsOf(await list(ann))).toEqual([first, ops]);
    expect(idsOf(await list(bob))).toEqual([bobs]);
    expect(idsOf(await list(max))).toEqual([ops]);
    expect(idsOf(await list(admin))).toEqual([first, bobs, ops]);
    expect(idsOf(await list(admin, { channel: "ops" }))).toEqual([ops]);

    const pages: number[] = [];
    let cursor: string | null = null;
    do {
      const page: ScheduledPage = await list(admin, { limit: 1, cursor });
      pages.push(...idsOf(page));
      cursor = page.next;
    } while (cursor);
    expect(pages).toEqual([first, bobs, ops]);

    const rest = await server.fetch("/api/scheduled?limit=2&channel=general");
    expect(idsOf((await rest.json()) as ScheduledPage)).toEqual([first, bobs]);
    for (const id of [ops, first, bobs]) await mutate(server, "notifications.cancel", { scheduledId: id }, admin);
  });

  test("and is addressed to others is not there for whoever manages the channel", async () => {
    const draft = { channel: "ops", message: "secret", deliverAt: "+1h" };
    const { scheduledId } = await schedule(ann, { ...draft, to: ["ann", "bob"] });
    const { scheduledId: one } = await schedule(ann, { ...draft, to: "bob" });
    const { scheduledId: own } = await schedule(ann, { ...draft, to: ["bob", "max"] });
    const { scheduledId: everyones } = await schedule(ann, draft);
    expect(idsOf(await list(max))).toEqual([own, everyones]);
    expect(idsOf(await list(admin))).toEqual([scheduledId, one, own, everyones]);
    for (const id of [scheduledId, one]) {
      for (const [path, changes] of [
        ["notifications.reschedule", { to: "max" }],
        ["notifications.reschedule", { deliverAt: "+2h" }],
        ["notifications.cancel", {}],
      ] as const) {
        const refused = await mutate(server, path, { scheduledId: id, ...changes }, max);
        expect([refused.status, refused.text]).toEqual([404, expect.stringMatching(/nothing with this id waits/)]);
      }
    }
    for (const id of [own, everyones]) {
      expect((await mutate(server, "notifications.cancel", { scheduledId: id }, max)).status).toBe(200);
    }
    for (const id of [scheduledId, one]) await mutate(server, "notifications.cancel", { scheduledId: id }, ann);
  });

  test("is cancelled by those, and by nobody else, before it is due", async () => {
    const { scheduledId: id } = await schedule(ann, { channel: "ops", message: "no", deliverAt: inHours(1) });
    const refused = await mutate(server, "notifications.cancel", { scheduledId: id }, bob);
    expect([refused.status, refused.text]).toEqual([404, expect.stringMatching(/nothing with this id waits/)]);
    const cancelled = await mutate<Scheduled>(server, "notifications.cancel", { scheduledId: id }, max);
    expect(cancelled.data).toMatchObject({ scheduledId: id, message: "no", sender: "ann" });
    expect((await mutate(server, "notifications.cancel", { scheduledId: id }, ann)).status).toBe(404);
    const { text } = await query(server, "audit.list", { action: "scheduled.cancel", actor: "max" }, admin);
    expect(text).toContain(`ops scheduled ${id}`);
    expect(text).not.toContain('"no"');

    const own = await schedule(ann, { message: "mine", deliverAt: inHours(1) });
    const response = await fetch(`${server.url}/api/scheduled/${own.scheduledId}`, { method: "DELETE", headers: ann });
    expect([response.status, (await response.json()) as Scheduled]).toEqual([200, own]);
    clock.advance(2 * HOUR);
    await schedule(ann, { message: "the next", deliverAt: "+1m" });
    clock.advance(60_000);
    expect((await next()).message).toBe("the next");
  });

  test("is rescheduled, earlier, later, and with other words; what was given before stays", async () => {
    const draft = { channel: "ops", title: "t", message: "m", key: "k", deliverAt: inHours(5), expiresAt: "+10h" };
    const { scheduledId: id, expiresAt } = await schedule(ann, draft);
    const changes = { scheduledId: id, deliverAt: inHours(1), title: null, message: "changed" };
    const { data } = await mutate<Scheduled>(server, "notifications.reschedule", changes, ann);
    expect(data).toMatchObject({ scheduledId: id, deliverAt: inHours(1), message: "changed", key: "k", expiresAt });
    expect(data).not.toHaveProperty("title");
    const body = JSON.stringify({ deliverAt: "+2h", severity: "critical" });
    const headers = { ...ann, "content-type": "application/json" };
    const patched = await fetch(`${server.url}/api/scheduled/${id}`, { method: "PATCH", headers, body });
    expect([patched.status, await patched.json()]).toEqual([
      200,
      { ...data, deliverAt: inHours(2), severity: "critical" },
    ]);
    clock.advance(HOUR);
    expect(idsOf(await list(ann))).toEqual([id]);
    clock.advance(HOUR);
    expect(await next()).toMatchObject({ message: "changed", severity: "critical", sender: "ann", expiresAt });
  });

  test.each([
    ["without a message", { message: null }, /Cannot reschedule: message is required/],
    ["for the past", { deliverAt: 1 }, /deliverAt must lie in the future/],
    ["beyond its expiry", { deliverAt: "+9h" }, /expiresAt must be later than deliverAt/],
    ["to another channel", { channel: "general" }, /channel cannot be changed/],
    ["with a field that does not exist", { titel: "t" }, /titel is no field; did you mean \\"title\\"\?/],
    ["to nothing else", {}, /must change something/],
    ["without a time", { deliverAt: null }, /deliverAt must be a time/],
  ])("is not rescheduled %s", async (_, changes, words) => {
    const { scheduledId: id } = await schedule(ann, { message: "m", deliverAt: "+1h", expiresAt: "+8h" });
    const { status, text } = await mutate(server, "notifications.reschedule", { scheduledId: id, ...changes }, ann);
    expect([status, text]).toEqual([400, expect.stringMatching(words)]);
    const cancelled = await mutate<Scheduled>(server, "notifications.cancel", { scheduledId: id }, ann);
    expect(cancelled.data).toMatchObject({ message: "m", deliverAt: inHours(1) });
  });

  test("has the sender who said it: whoever moves it does not become that, whoever rewords it does", async () => {
    const { scheduledId: id } = await schedule(ann, { channel: "ops", message: "ann's", deliverAt: inHours(1) });
    const moved = await mutate<Scheduled>(
      server,
      "notifications.reschedule",
      { scheduledId: id, deliverAt: inHours(2) },
      max,
    );
    expect(moved.data).toMatchObject({ sender: "ann", message: "ann's" });
    const worded = await mutate<Scheduled>(
      server,
      "notifications.reschedule",
      { scheduledId: id, message: "max's" },
      max,
    );
    expect(worded.data).toMatchObject({ sender: "max", message: "max's" });
    expect(idsOf(await list(ann))).toEqual([]);
    clock.advance(2 * HOUR);
    expect(await next()).toMatchObject({ sender: "max", message: "max's" });
    const { text } = await query(server, "audit.list", { action: "scheduled.update", actor: "max" }, admin);
    expect(text).toContain('"fields":["message"]');
    expect(text).not.toContain("max's");
  });
});

describe("what is due is not delivered", () => {
  /** Schedules as somebody, does something, and answers with why it was dropped; undefined: it was delivered. */
  async function dropped(as: Credential, fate: () => Promise<unknown>, fields = {}): Promise<string | undefined> {
    const { scheduledId } = await schedule(as, {
      ...fields,
      message: `by ${scheduledIdOf()}`,
      deliverAt: "+1h",
    });
    await fate();
    clock.advance(HOUR);
    await untilWaiting(0);
    const { data } = await query<{ items: { target: string; after: { reason: string } }[] }>(
      server,
      "audit.list",
      { action: "scheduled.drop", limit: 1 },
      admin,
    );
    const [row] = data.items;
    if (row?.target === `general scheduled ${scheduledId}`) return row.after.reason;
    await next();
    return undefined;
  }
  let made = 0;
  const scheduledIdOf = () => ++made;
  const user = async (id: string) => {
    const grant = { channel: "general", permission: "publish", audience: "user", userId: id };
    await mutate(server, "channels.grant", grant, admin);
    return await makeUser(server, admin, { id });
  };

  test("once its sender is disabled, and is when nothing happened to the sender", async () => {
    const dora = await user("dora");
    expect(await dropped(dora, async () => undefined)).toBeUndefined();
    expect(await dropped(dora, () => mutate(server, "users.disable", { id: "dora" }, admin))).toBe(
      "its sender is disabled",
    );
  });

  test("to whoever gets the id of a sender who is deleted: it is dropped at once, and its key forgotten", async () => {
    const first = await user("gil");
    const draft = { message: "gil's", deliverAt: "+1h", idempotencyKey: "k" };
    const { scheduledId } = await schedule(first, draft);
    await mutate(server, "users.delete", { id: "gil" }, admin);
    expect(idsOf(await list(admin))).not.toContain(scheduledId);
    const { text } = await query(server, "audit.list", { action: "scheduled.drop", limit: 1 }, admin);
    expect(text).toContain(`general scheduled ${scheduledId}`);
    expect(text).toContain("its sender was deleted");
    const second = await user("gil");
    expect(idsOf(await list(second))).toEqual([]);
    const own = await schedule(second, { ...draft, message: "of another" });
    expect(own).not.toHaveProperty("deduplicated");
    expect(idsOf(await list(second))).toEqual([own.scheduledId]);
    await mutate(server, "notifications.cancel", { scheduledId: own.scheduledId }, second);
  });

  test("once its sender is deleted", async () => {
    const emil = await user("emil");
    expect(await dropped(emil, () => mutate(server, "users.delete", { id: "emil" }, admin))).toBe(
      "its sender was deleted",
    );
  });

  test("once its sender may not publish to the channel any more", async () => {
    const fred = await user("fred");
    const grant = { channel: "general", permission: "publish", audience: "user", userId: "fred" };
    expect(await dropped(fred, () => mutate(server, "channels.revoke", grant, admin))).toBe(
      'its sender may not publish to channel "general" any more',
    );
    // The right to publish where it would be sent again is looked at like the right to publish it.
    const where = { channel: "ops", permission: "publish", audience: "user", userId: "fred" };
    await mutate(server, "channels.grant", grant, admin);
    await mutate(server, "channels.grant", where, admin);
    const escalate = { ack: "anyone", escalate: { after: "10m", to: "ops" } };
    expect(await dropped(fred, () => mutate(server, "channels.revoke", where, admin), escalate)).toBe(
      'its sender may not publish to channel "ops" any more',
    );
  });

  test("once the sender's token is revoked; that it has expired by itself is no reason", async () => {
    const token = await makeToken(server, ann, { name: "program", scopes: ["publish"] });
    const revoke = () => mutate(server, "tokens.revoke", { id: token.id }, ann);
    expect(await dropped(token.headers, revoke)).toBe("its sender's token was revoked");
    const expiresAt = inHours(0.5);
    const short = await makeToken(server, ann, { name: "short", scopes: ["publish"], expiresAt });
    expect(await dropped(short.headers, async () => undefined)).toBeUndefined();
  });

  test("for a user of another application: what the JWT allowed holds, until the user is disabled", async () => {
    const exp = clock.now() / 1_000 + 600;
    const jo = await signJwt({ sub: "jo", exp, belfry: { publish: ["general"] } });
    expect(await dropped(jo, async () => undefined)).toBeUndefined();
    const again = await signJwt({ sub: "jo", exp: exp + 3_600, belfry: { publish: ["general"] } });
    expect(await dropped(again, () => mutate(server, "users.disable", { id: "jo" }, admin))).toBe(
      "its sender is disabled",
    );
  });
});

test("what only moves says what it said, whatever has become of its type; what is reworded is its type's of now", async () => {
  const type = { name: "late.order", title: "{{type}} of {{sender}}", message: "Order {{data.code}}" };
  expect((await mutate(server, "types.register", type, admin)).status).toBe(200);
  const draft = { channel: "ops", type: "late.order", data: { code: "A1" }, deliverAt: inHours(1) };
  const { scheduledId: id, title } = await schedule(ann, draft);
  expect(title).toBe("late.order of ann");
  await mutate(server, "types.register", { ...type, message: "The order {{data.code}}" }, admin);
  const moved = await mutate<Scheduled>(
    server,
    "notifications.reschedule",
    { scheduledId: id, deliverAt: inHours(2) },
    max,
  );
  expect(moved.data).toMatchObject({ title, message: "Order A1", sender: "ann" });
  const worded = await mutate<Scheduled>(
    server,
    "notifications.reschedule",
    { scheduledId: id, data: { code: "B2" } },
    max,
  );
  expect(worded.data).toMatchObject({ title: "late.order of max", message: "The order B2", sender: "max" });
  await mutate(server, "notifications.cancel", { scheduledId: id }, max);
});

test("a token sees and changes what was scheduled with it; its owner sees that too", async () => {
  const token = await makeToken(server, ann, { name: "cron", scopes: ["read", "publish"] });
  const other = await makeToken(server, ann, { name: "other", scopes: ["read", "publish"] });
  const { scheduledId: id, sender } = await schedule(token.headers, { message: "by cron", deliverAt: "+1h" });
  expect(sender).toBe("token:cron");
  expect(idsOf(await list(token.headers))).toEqual([id]);
  expect(idsOf(await list(ann))).toEqual([id]);
  expect(idsOf(await list(other.headers))).toEqual([]);
  expect((await mutate(server, "notifications.cancel", { scheduledId: id }, other.headers)).status).toBe(404);
  expect((await mutate(server, "notifications.cancel", { scheduledId: id }, token.headers)).status).toBe(200);
});
