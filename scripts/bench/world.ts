/**
 * A hub as a team would have it after a year: 1,000,000 notifications of many sizes in 200 channels, for 1,000 users, with
 * grants, read marks, the full-text index and the counters. Made once for all cases, and copied for each server.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChannel } from "../../db/channels.ts";
import { type Database, openDatabase, prepareFolder } from "../../db/database.ts";
import { addGrant, removeGrant } from "../../db/grants.ts";
import { createAppender } from "../../db/notifications.ts";
import { markRead } from "../../db/read_marks.ts";
import { createToken } from "../../db/tokens.ts";
import { createUser } from "../../db/users.ts";
import { hashSecret, TOKEN_PREFIX } from "../../server/auth/secrets.ts";
import type { Draft } from "../../server/rules/draft.ts";
import { encodeDraft } from "../../server/rules/notification.ts";
import { SEVERITIES } from "../../server/rules/severity.ts";
import { catchUp } from "./fill.ts";

/** The member who asks: may read 150 of the channels, has read the older half of what is there, and some of the rest. */
export const MEMBER = { id: "user-0", token: `${TOKEN_PREFIX}${"benchmark-member-".padEnd(43, "0")}` } as const;
/** What a search finds in every notification, in one of 100,000, and nowhere. */
export const WORDS = { every: "report", rare: "quagga", none: "zzzyzx" } as const;

const CHANNELS = 200;
const READABLE = 150;
const USERS = 1_000;
const READERS_OF_CHANNEL = 50;
/** Each so many notifications: one that is rare, one for some users, one signal, one with a key. */
const EVERY = { rare: 100_000, targeted: 10, signal: 20, keyed: 25 };
const BATCH = 10_000;
const WORDS_KNOWN = 20_000;
const SYLLABLES = ["ba", "de", "lo", "ri", "ta", "mo", "ne", "su", "ka", "pi", "or", "en", "st", "ul", "gra", "shi"];
const DAY = 86_400_000;

/** The channel of a number, from the busiest on. */
export const channelOf = (number: number): string => `team-${number}.events`;

/** Random numbers that are the same in every run. */
function createRandom(): () => number {
  let state = 20_300_101;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const folders = new Map<number, string>();

/** Copies the world with so many notifications into a data folder; makes it when it is the first. */
export function copyWorld(count: number, folder: string): void {
  let world = folders.get(count);
  if (world === undefined) {
    const made = mkdtempSync(join(tmpdir(), "belfry-world-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    console.error(`  (making a world of ${count.toLocaleString("en-US")} notifications)`);
    makeWorld(made, count);
    folders.set(count, made);
    world = made;
  }
  cpSync(world, folder, { recursive: true });
}

function makeWorld(folder: string, count: number): void {
  prepareFolder(folder);
  using db = openDatabase(folder);
  db.sqlite.pragma("synchronous = OFF");
  const at = Date.now();
  const transaction = (work: () => void) => db.sqlite.transaction(work)();
  transaction(() => makePeople(db, at));
  const appender = createAppender(db);
  const nextDraft = createDrafts();
  for (let stored = 0; stored < count; stored += BATCH) {
    transaction(() => {
      appender.begin();
      for (let n = stored; n < Math.min(stored + BATCH, count); n += 1) {
        // Evenly over 90 days.
        const createdAt = Math.round(at - 90 * DAY * (1 - n / count));
        appender.append(encodeDraft(nextDraft(n), { sender: `user-${n % USERS}`, createdAt }));
      }
    });
  }
  transaction(() => read(db, count, at));
  catchUp(db);
  db.sqlite.pragma("wal_checkpoint(TRUNCATE)");
}

function makePeople(db: Database, at: number): void {
  const audited = { actor: { id: "system" }, at };
  for (let n = 0; n < USERS; n += 1) {
    const user = { id: `user-${n}`, email: null, name: `User ${n}`, role: "member", passwordHash: null } as const;
    createUser(db, { ...audited, user });
  }
  createChannel(db, { ...audited, name: "general", description: "" });
  for (let n = 0; n < CHANNELS; n += 1) {
    const channel = channelOf(n);
    createChannel(db, { ...audited, name: channel, description: "" });
    const read = { permission: "read", userId: "" } as const;
    removeGrant(db, { ...audited, channel, grant: { ...read, audience: "everyone" } });
    const first = n < READABLE ? 0 : 1;
    for (let reader = first; reader < READERS_OF_CHANNEL; reader += 1) {
      const userId = `user-${reader === 0 ? 0 : ((n * 37 + reader * 19) % (USERS - 1)) + 1}`;
      addGrant(db, { ...audited, channel, grant: { ...read, audience: "user", userId } });
    }
  }
  const token = { name: "member", userId: MEMBER.id, scopes: ["read"], patterns: ["*"], expiresAt: null };
  createToken(db, { ...audited, ...token, prefix: MEMBER.token.slice(0, 8), hash: hashSecret(MEMBER.token) });
}

/** Makes what is published: a few channels have most of it, a few words are in most of it. */
function createDrafts(): (n: number) => Draft {
  const random = createRandom();
  const pick = (of: number, power: number) => Math.floor(random() ** power * of);
  const words = Array.from({ length: WORDS_KNOWN }, () =>
    Array.from({ length: 2 + pick(3, 1) }, () => SYLLABLES[pick(SYLLABLES.length, 1)]).join(""),
  );
  const text = (length: number) => Array.from({ length }, () => words[pick(WORDS_KNOWN, 3)]).join(" ");
  return (n) => {
    const rare = n % EVERY.rare === EVERY.rare >> 1 ? ` ${WORDS.rare}` : "";
    const isSignal = n % EVERY.signal === 7;
    return {
      channel: channelOf(pick(CHANNELS, 2)),
      event: isSignal ? "update" : "notification",
      type: `type-${pick(20, 2)}`,
      severity: SEVERITIES[pick(SEVERITIES.length, 4)] ?? "info",
      title: `${WORDS.every} ${text(3)}`,
      message: text(8 + pick(12, 1)) + rare,
      ...(isSignal && { data: { entity: "order", action: "update", id: n } }),
      ...(n % EVERY.targeted === 3 && { to: Array.from({ length: 1 + pick(3, 1) }, () => `user-${pick(USERS, 1)}`) }),
      ...(n % EVERY.keyed === 11 && { key: `key-${pick(500, 1)}` }),
    };
  };
}

/** What the member has read: the older half at once, and every tenth of the newest thousand by itself. */
function read(db: Database, count: number, at: number): void {
  db.sqlite.prepare("INSERT OR REPLACE INTO read_marks VALUES (?, 0, ?)").run(MEMBER.id, count >> 1);
  const ids = Array.from({ length: 100 }, (_, n) => count - n * 10);
  markRead(db, { user: MEMBER.id, ids, read: true, at });
}
