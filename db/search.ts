/**
 * The full-text index over titles and messages. It follows the log by a cursor of its own, which moves in the transaction
 * that indexes, so that a crash neither leaves anything out nor indexes it twice.
 */
import { createHash } from "node:crypto";
import type { Database } from "./database.ts";
import type { Direction, Range } from "./history_sources.ts";
import { type FollowStep, readCursor, writeCursor } from "./log_cursor.ts";
import { readHead } from "./notifications.ts";
import type { Step } from "./step.ts";
import { noteTraits, type Traited } from "./traits.ts";
import { wordsOf } from "./words.ts";

/** The command of the full-text index. */
export interface SearchCommands {
  /** Indexes the next notifications, at most `limit`; answers up to which id it has come, how many, in how many ms. */
  "search.index": { input: { readonly limit: number }; result: FollowStep };
  /** Merges pieces of the index, about so many pages; a count of 0: there is nothing to merge. */
  "search.merge": { input: { readonly pages: number }; result: Step };
}

/** Name of the index's cursor. */
const CURSOR = "search";
/** Most bytes of notifications that are read at once. */
const BYTES = 1024 * 1024;
/**
 * Pages of the index that are merged beside each batch: too few to be felt. The rest is merged by a command of its own,
 * since what SQLite merges unasked stops the writer for long; the migration puts that off.
 */
const MERGE = 16;

/** Everything up to and including this id is in the index. */
export function createIndexedReader(db: Database): () => number {
  return readCursor(db, CURSOR);
}

interface Unindexed extends Traited {
  readonly channel_id: number;
  readonly recipients: string | null;
  readonly json: string;
}

/** Puts the next notifications into the index; answers how far it is then. */
export function indexNotifications(db: Database, { limit }: SearchCommands["search.index"]["input"]): FollowStep {
  const { sqlite } = db;
  const start = performance.now();
  const after = readCursor(db, CURSOR)();
  const sizes =
    "SELECT id, sum(octet_length(json)) OVER (ORDER BY id) - octet_length(json) AS before FROM (SELECT id, json FROM notifications WHERE id > ? ORDER BY id LIMIT ?)";
  const [last, count] = sqlite
    .prepare(`SELECT max(id), count(*) FROM (${sizes}) WHERE before < ?`)
    .raw()
    .get(after, limit, BYTES) as [number | null, number];
  // Where nothing is left, what was deleted since is done too.
  const through = last ?? readHead(db);
  const rows = sqlite
    .prepare(
      "SELECT id, channel_id, type, event, sender, severity, recipients, json FROM notifications WHERE id > ? AND id <= ? AND event <> 'removed'",
    )
    .all(after, through) as Unindexed[];
  const insert = sqlite.prepare("INSERT INTO search (rowid, title, message, scope) VALUES (?, ?, ?, ?)");
  for (const row of rows) {
    const { title, message } = readTexts(row.json);
    if (title || message) insert.run(row.id, toWords(title), toWords(message), scopeOf(row));
  }
  noteTraits(db, rows);
  if (count > 0) mergeIndex(db, MERGE);
  if (through > after) writeCursor(db, CURSOR, through);
  return { through, count, ms: performance.now() - start };
}

/** Merges pieces of the index; see the command. */
export function mergeIndex({ sqlite }: Database, pages: number): number {
  const changes = sqlite.prepare("SELECT total_changes()").pluck();
  const before = changes.get() as number;
  sqlite.prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)").run(pages);
  // The statement itself is one change: https://sqlite.org/fts5.html#the_merge_command
  return (changes.get() as number) - before - 1;
}

/** The title and the message of a notification. */
export interface Texts {
  readonly title: string;
  readonly message: string;
}

/** Reads them out of a notification's JSON, of which `data` stands last and is not looked at. */
export function readTexts(json: string): Texts {
  const data = json.indexOf(',"data":');
  const { title = "", message = "" } = JSON.parse(data < 0 ? json : `${json.slice(0, data)}}`) as Partial<Texts>;
  return { title, message };
}

/** The ids of a part of the log that match, at most so many, in the direction of the search. */
export type IndexSearch = (match: string, range: Range, limit: number) => number[];

/** Makes an {@linkcode IndexSearch}. */
export function createIndexSearch({ sqlite }: Database, direction: Direction): IndexSearch {
  const order = direction === "older" ? "DESC" : "ASC";
  const find = sqlite
    .prepare(`SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid ${order} LIMIT ?`)
    .pluck();
  return (match, { first, last }, limit) => find.all(match, first, last, limit) as number[];
}

/** Whose notifications to look for: those of few channels, and those that some user may see. */
export interface Scope {
  /** Ids of channels; absent: any. */
  readonly channels?: readonly number[] | undefined;
  /** For everyone, or also for this user; absent: whoever they are for. */
  readonly user?: string | null | undefined;
  /** Only for this user, or this one and others; absent: see `user`. */
  readonly recipient?: string | undefined;
}

/** Narrows a query of the index to a scope. The index takes users by a part of their hash: it may give too much. */
export function withinScope(match: string, { channels, ...forWhom }: Scope): string {
  const within = (tokens?: readonly string[]) =>
    tokens ? ` AND scope : (${tokens.map((token) => `"${token}"`).join(" OR ")})` : "";
  return `(${match})${within(channels?.map(channelToken))}${within(tokensFor(forWhom))}`;
}

/** One of which whatever is for them has; undefined: it may have any. */
function tokensFor({ user, recipient }: Omit<Scope, "channels">): string[] | undefined {
  if (recipient !== undefined) return [userToken(recipient)];
  if (user === undefined) return undefined;
  return user === null ? [EVERYONE] : [EVERYONE, userToken(user)];
}

const EVERYONE = "o";

function channelToken(id: number): string {
  return `c${id}`;
}

function userToken(user: string): string {
  return `u${createHash("sha256").update(user).digest("hex").slice(0, 12)}`;
}

function scopeOf({ channel_id, recipients }: Unindexed): string {
  const users = recipients === null ? [EVERYONE] : (JSON.parse(recipients) as string[]).map(userToken);
  return [channelToken(channel_id), ...users].join(" ");
}

function toWords(text: string): string {
  return wordsOf(text).join(" ");
}
