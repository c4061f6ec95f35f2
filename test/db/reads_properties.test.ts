import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatchRunner } from "../../db/batch_runner.ts";
import type { Command } from "../../db/commands.ts";
import { type Database, openDatabase } from "../../db/database.ts";
import { sql } from "../../db/drizzle.ts";
import { createAppender } from "../../db/notifications.ts";
import { isReadBy, readByUser } from "../../db/reads.ts";
import { notifications } from "../../db/schema.ts";
import { createUnreadCounter } from "../../db/unread.ts";
import { makeEntry } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const CHANNELS = ["a", "b", "c"] as const;
// "null" is a user like any other.
const USERS = ["u1", "u2", "null"] as const;
type User = (typeof USERS)[number];
type Channel = (typeof CHANNELS)[number];
const SYSTEM = { actor: { id: "system" }, at: 0 };

const folder = makeTempFolder();
let db: Database;
beforeAll(() => {
  db = openDatabase(folder.path);
  // What is on trial is not the disk.
  db.sqlite.pragma("synchronous = OFF");
});
afterAll(() => {
  db[Symbol.dispose]();
  folder[Symbol.dispose]();
});

interface Kept {
  readonly id: number;
  readonly channel: Channel;
  readonly to: readonly User[] | null;
  readonly isMessage: boolean;
  readonly expiresAt: number;
}

/** What happens: `picks` and `through` choose among all ids so far, also those that are gone. */
type Step =
  | {
      readonly kind: "publish";
      readonly channel: Channel;
      readonly to: readonly User[] | null;
      readonly event: string;
      readonly life: number | null;
    }
  | { readonly kind: "mark"; readonly user: User; readonly picks: readonly number[]; readonly read: boolean }
  | {
      readonly kind: "markAll";
      readonly user: User;
      readonly channels: readonly Channel[] | null;
      readonly through: number | null;
    }
  | { readonly kind: "remove"; readonly picks: readonly number[] }
  /** Many messages that come and go, while what is older stays. */
  | { readonly kind: "flash"; readonly channel: Channel; readonly count: number }
  | { readonly kind: "trim"; readonly channel: Channel; readonly count: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "renew"; readonly user: User };

const user = fc.constantFrom(...USERS);
const channel = fc.constantFrom(...CHANNELS);
const pick = fc.integer({ min: 1, max: 24 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      channel,
      to: fc.option(fc.uniqueArray(user, { minLength: 1 })),
      event: fc.constantFrom("notification", "notification", "notification", "update"),
      life: fc.option(fc.integer({ min: 1, max: 10 }), { freq: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("mark" as const),
      user,
      picks: fc.array(pick, { minLength: 1, maxLength: 6 }),
      read: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("markAll" as const),
      user,
      channels: fc.option(fc.uniqueArray(channel)),
      through: fc.option(pick),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("remove" as const), picks: fc.array(pick, { maxLength: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flash" as const), channel, count: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("trim" as const), channel, count: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("renew" as const), user }) },
);

/** A world where everything read is in a set, beside the database. */
class World {
  readonly #runner: BatchRunner;
  readonly #count = createUnreadCounter(db);
  /** Everything before this test's own. */
  readonly #floor: number;
  readonly #read = new Map<User, Set<number>>(USERS.map((name) => [name, new Set()]));
  #kept: Kept[] = [];
  #head: number;
  #now = 1_000;

  constructor() {
    this.#runner = new BatchRunner({ db, appender: createAppender(db) });
    this.#head = this.#floor =
      (db.sqlite.prepare("SELECT max(seq) FROM sqlite_sequence WHERE name = 'notifications'").pluck().get() as
        | number
        | null) ?? 0;
    for (const table of [
      "notifications",
      "recipients",
      "gone",
      "read_marks",
      "read_exceptions",
      "grants",
      "channels",
      "users",
    ]) {
      db.sqlite.exec(`DELETE FROM ${table}`);
    }
    for (const name of CHANNELS) this.#do({ kind: "channel.create", input: { ...SYSTEM, name, description: "" } });
    this.#do({ kind: "user.create", input: { ...SYSTEM, user: { ...person("root"), role: "admin" } } });
    for (const id of USERS) this.#do({ kind: "user.create", input: { ...SYSTEM, user: person(id) } });
  }

  run(step: Step): void {
    if (step.kind === "publish") this.#publish(step);
    else if (step.kind === "mark") this.#mark(step);
    else if (step.kind === "markAll") this.#markAll(step);
    else if (step.kind === "renew") this.#renew(step.user);
    else if (step.kind === "wait") this.#now += step.ms;
    else if (step.kind === "remove") this.#remove(({ id }) => step.picks.includes(id - this.#floor));
    else if (step.kind === "flash") this.#flash(step);
    else this.#trim(step);
  }

  /** Holds what the database says against the sets. */
  check(): void {
    for (const name of USERS) {
      const isRead = (row: Kept) => !row.isMessage || (this.#read.get(name)?.has(row.id) ?? false);
      const mine = this.#kept.filter(({ to }) => !to || to.includes(name));
      const read = readByUser(
        db,
        name,
        mine.map(({ id }) => id),
      );
      expect(
        [...read].toSorted((x, y) => x - y),
        `read by ${name}`,
      ).toEqual(mine.filter(isRead).map(({ id }) => id));
      const unread = mine.filter((row) => !isRead(row) && row.expiresAt > this.#now);
      expect(this.#unread(name, null), `unread of ${name}`).toEqual(countBy(unread));
      const some = unread.filter((row) => row.channel !== "b");
      expect(this.#unread(name, ["c", "a", "nowhere"]), `unread of ${name} in two channels`).toEqual(countBy(some));
      expect(this.#unread(name, null, true), `unread of ${name} as an admin`).toEqual(this.#unreadRows(name));
    }
    const superfluous = db.sqlite
      .prepare(
        `SELECT count(*) FROM read_exceptions e WHERE is_read = (notification_id <= (SELECT coalesce(max(through), 0)
         FROM read_marks m WHERE m.user_id = e.user_id AND m.channel_id IN (0, e.channel_id)))`,
      )
      .pluck()
      .get();
    expect(superfluous, "exceptions that agree with their marks").toBe(0);
  }

  #publish({ channel, to, event, life }: Step & { kind: "publish" }): void {
    const expiresAt = life === null ? {} : { expiresAt: this.#now + life };
    const id = this.#do({
      kind: "notification.append",
      input: makeEntry(channel, { recipients: to, event, ...expiresAt }),
    }) as number;
    this.#head = id;
    this.#kept.push({
      id,
      channel,
      to,
      isMessage: event === "notification",
      expiresAt: expiresAt.expiresAt ?? Number.POSITIVE_INFINITY,
    });
  }

  #mark({ user, picks, read }: Step & { kind: "mark" }): void {
    const ids = picks.map((n) => this.#floor + n);
    const input = { user, ids, read, at: this.#now };
    const changed = this.#do({ kind: "notification.markRead", input }) as readonly number[];
    const mine = this.#kept.filter(
      ({ to, isMessage, id }) => isMessage && ids.includes(id) && (!to || to.includes(user)),
    );
    const set = this.#read.get(user) ?? new Set();
    const differ = mine.filter(({ id }) => set.has(id) !== read).map(({ id }) => id);
    expect(changed.toSorted((x, y) => x - y)).toEqual(differ);
    for (const id of differ) {
      if (read) set.add(id);
      else set.delete(id);
    }
  }

  #markAll({ user, channels, through }: Step & { kind: "markAll" }): void {
    const end = through === null ? this.#head : this.#floor + through;
    this.#do({ kind: "notification.markAllRead", input: { user, channels, through: end, at: this.#now } });
    for (const { id, channel } of this.#kept) {
      if (id <= end && (!channels || channels.includes(channel))) this.#read.get(user)?.add(id);
    }
  }

  #remove(isGone: (row: Kept) => boolean): void {
    const ids = this.#kept.filter(isGone).map(({ id }) => id);
    this.#do({ kind: "notification.expire", input: { ids } });
    this.#kept = this.#kept.filter(({ id }) => !ids.includes(id));
  }

  #flash({ channel, count }: Step & { kind: "flash" }): void {
    const before = this.#head;
    for (let n = 0; n < count; n += 1) {
      this.#publish({ kind: "publish", channel, to: null, event: "notification", life: null });
    }
    this.#remove(({ id }) => id > before);
  }

  /** Deletes the oldest of a channel. */
  #trim({ channel, count }: Step & { kind: "trim" }): void {
    const oldest = this.#kept.filter((row) => row.channel === channel).slice(0, count);
    const through = oldest.at(-1)?.id ?? 0;
    this.#do({ kind: "notification.trim", input: { channel, through } });
    this.#kept = this.#kept.filter((row) => !oldest.includes(row));
  }

  /** Deletes a user, and another person gets the id. */
  #renew(name: User): void {
    this.#do({ kind: "user.delete", input: { ...SYSTEM, id: name } });
    this.#do({ kind: "user.create", input: { ...SYSTEM, user: person(name), adopts: true } });
    this.#read.set(name, new Set(this.#kept.filter(({ to }) => !to?.includes(name)).map(({ id }) => id)));
  }

  #unread(user: User, channels: readonly string[] | null, seesTargeted = false) {
    return this.#count({ user, channels, seesTargeted, now: this.#now });
  }

  /** What a list of everything that is unread would hold. */
  #unreadRows(user: User) {
    const unread = db.orm
      .select({ id: notifications.id })
      .from(notifications)
      .where(sql`NOT ${isReadBy(user)}`)
      .all();
    const ids = new Set(unread.map(({ id }) => id));
    return countBy(this.#kept.filter(({ id, expiresAt }) => ids.has(id) && expiresAt > this.#now));
  }

  #do(command: Command): unknown {
    const [outcome] = this.#runner.run([command]);
    if (!outcome || "error" in outcome) throw new Error(JSON.stringify(outcome));
    return outcome.result;
  }
}

function person(id: string) {
  return { id, email: null, name: id, role: "member", passwordHash: null } as const;
}

function countBy(rows: readonly Kept[]) {
  return CHANNELS.map((name) => ({ channel: name, unread: rows.filter((row) => row.channel === name).length })).filter(
    ({ unread }) => unread > 0,
  );
}

test("read state and unread counts equal those of plain sets, whatever happens", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), (steps) => {
      const world = new World();
      for (const [n, each] of steps.entries()) {
        world.run(each);
        if (n % 4 === 3) world.check();
      }
      world.check();
    }),
    { numRuns: 50 },
  );
});
