import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UnreadCounts } from "../../server/reading/read_desk.ts";
import type { HistoryPage } from "../../server/rules/history.ts";
import { type Credential, makeUser, mutate, query } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const USERS = ["ann", "bob"] as const;
type User = (typeof USERS)[number];
let server: TestServer;
let admin: Credential;
const as = new Map<User, Credential>();
let serial = 0;
beforeAll(async () => {
  server = await startTestServer();
  admin = { cookie: await signInAdmin(server) };
  for (const id of USERS) as.set(id, await makeUser(server, admin, { id }));
});
afterAll(() => server[Symbol.asyncDispose]());

const user = fc.constantFrom(...USERS);
/** One of two channels, made for each run. */
const channel = fc.constantFrom(0, 1);
const picks = fc.array(fc.nat(11), { minLength: 1, maxLength: 4 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      channel,
      to: fc.option(user),
      event: fc.constantFrom("notification", "notification", "update"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("mark" as const), user, picks, read: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("markAll" as const),
      user,
      channel: fc.option(channel),
      through: fc.option(fc.nat(11)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), pick: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("grant" as const), channel, isOpen: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Kept {
  readonly id: number;
  readonly channel: string;
  readonly to: User | null;
  readonly isMessage: boolean;
}

/** Two new channels, and in sets what everybody has read of them. */
class World {
  readonly #channels: readonly string[];
  readonly #closed = new Set<string>();
  readonly #read = new Map<User, Set<number>>(USERS.map((name) => [name, new Set()]));
  /** Everything published, also what is gone. */
  readonly #ids: number[] = [];
  #kept: Kept[] = [];

  private constructor(channels: readonly string[]) {
    this.#channels = channels;
  }

  static async make(): Promise<World> {
    serial += 1;
    const channels = [`a-${serial}`, `b-${serial}`];
    for (const name of channels) await server.createChannel(name);
    return new World(channels);
  }

  async run(step: Step): Promise<void> {
    if (step.kind === "publish") await this.#publish(step);
    else if (step.kind === "mark") await this.#mark(step);
    else if (step.kind === "markAll") await this.#markAll(step);
    else if (step.kind === "remove") await this.#remove(this.#ids[step.pick]);
    else await this.#grant(this.#name(step.channel), step.isOpen);
  }

  /** Holds the counts, and what a list says of each, against the sets. */
  async check(): Promise<void> {
    for (const name of USERS) {
      const open = this.#channels.filter((channel) => !this.#closed.has(channel));
      const mine = this.#kept.filter((row) => this.#sees(name, row));
      const unread = mine.filter(({ id, isMessage }) => isMessage && !this.#read.get(name)?.has(id));
      const counts = open.map((channel) => [channel, unread.filter((row) => row.channel === channel).length] as const);
      const credential = as.get(name) ?? {};
      const { data: all } = await query<UnreadCounts>(server, "notifications.unreadCount", undefined, credential);
      const ours = Object.entries(all.channels).filter(([channel]) => this.#channels.includes(channel));
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(counts.filter(([, count]) => count > 0)));
      if (open.length === 0) continue;
      const input = { channels: open, limit: 100 };
      const { data: some } = await query<UnreadCounts>(
        server,
        "notifications.unreadCount",
        { channels: open },
        credential,
      );
      expect(some.total).toBe(unread.length);
      const { data: page } = await query<HistoryPage>(server, "notifications.list", input, credential);
      const listed = page.items.filter(({ event }) => event === "notification");
      expect(listed.map(({ id, read }) => ({ id, read })).toReversed()).toEqual(
        mine.filter(({ isMessage }) => isMessage).map((row) => ({ id: row.id, read: !unread.includes(row) })),
      );
    }
  }

  async #publish({ channel: index, to, event }: Step & { kind: "publish" }): Promise<void> {
    const channel = this.#name(index);
    const { id } = await server.publish({ channel, event, message: "m", ...(to && { to }) });
    this.#ids.push(id);
    this.#kept.push({ id, channel, to, isMessage: event === "notification" });
  }

  async #mark({ user, picks, read }: Step & { kind: "mark" }): Promise<void> {
    const ids = picks.map((pick) => this.#ids[pick] ?? 900_000_000 + pick);
    const path = `notifications.${read ? "markRead" : "markUnread"}`;
    const { data } = await mutate<{ changed: number }>(server, path, { ids }, as.get(user));
    const set = this.#read.get(user) ?? new Set();
    const rows = this.#kept.filter((row) => row.isMessage && ids.includes(row.id) && this.#sees(user, row));
    const changed = rows.filter(({ id }) => set.has(id) !== read);
    expect(data).toEqual({ changed: changed.length });
    for (const { id } of changed) {
      if (read) set.add(id);
      else set.delete(id);
    }
  }

  async #markAll({ user, channel: index, through: pick }: Step & { kind: "markAll" }): Promise<void> {
    const channel = index === null ? undefined : this.#name(index);
    const through = pick === null ? undefined : this.#ids[pick];
    const { status } = await mutate(server, "notifications.markAllRead", { channel, through }, as.get(user));
    expect(status).toBe(channel !== undefined && this.#closed.has(channel) ? 403 : 200);
    if (status !== 200) return;
    for (const row of this.#kept) {
      const isMeant = channel === undefined || row.channel === channel;
      if (isMeant && row.id <= (through ?? row.id)) this.#read.get(user)?.add(row.id);
    }
  }

  async #remove(id: number | undefined): Promise<void> {
    if (!this.#kept.some((row) => row.id === id)) return;
    expect((await mutate(server, "notifications.remove", { id }, admin)).status).toBe(200);
    this.#kept = this.#kept.filter((row) => row.id !== id);
  }

  async #grant(channel: string, isOpen: boolean): Promise<void> {
    if (isOpen === !this.#closed.has(channel)) return;
    const grant = { channel, permission: "read", audience: "everyone" };
    expect((await mutate(server, `channels.${isOpen ? "grant" : "revoke"}`, grant, admin)).status).toBe(200);
    if (isOpen) this.#closed.delete(channel);
    else this.#closed.add(channel);
  }

  #name(index: number): string {
    return this.#channels[index] ?? "";
  }

  #sees(name: User, { channel, to }: Kept): boolean {
    return !this.#closed.has(channel) && (to === null || to === name);
  }
}

test("over HTTP, counts and lists say what plain sets say, whatever users and admins do", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16, size: "max" }), async (steps) => {
      const world = await World.make();
      for (const [n, each] of steps.entries()) {
        await world.run(each);
        if (n % 4 === 3) await world.check();
      }
      await world.check();
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
