/** Fills a database directly, as fast as SQLite takes it. */
import { createChannel } from "../../db/channels.ts";
import { type Database, openDatabase, prepareFolder } from "../../db/database.ts";
import { createAppender } from "../../db/notifications.ts";
import { createScheduled } from "../../db/scheduled.ts";
import { indexNotifications } from "../../db/search.ts";
import { countPublished } from "../../db/usage.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { DEFAULT_LIMITS } from "../../server/rules/limits.ts";
import { encodeDraft } from "../../server/rules/notification.ts";
import { encodeWaiting } from "../../server/rules/waiting.ts";
import { draftFor } from "./load/draft.ts";

/** What to put into a new database. */
export interface FillOptions {
  /** Notifications to store. */
  readonly count?: number;
  /** Channels to make beside `general`. */
  readonly channels?: readonly string[];
  /** How many of them `general` keeps; default: all. */
  readonly keep?: number;
  /** Notifications that wait for a time a year from now. */
  readonly scheduled?: number;
}

const YEAR = 365 * 86_400_000;
/** Rows per transaction. */
const BATCH = 10_000;

/** Makes the database of a data folder with so many notifications of the usual size in `general`. */
export function fillDatabase(folder: string, options: FillOptions): void {
  const { count = 0, channels = [], keep = null, scheduled = 0 } = options;
  prepareFolder(folder);
  using db = openDatabase(folder);
  const at = Date.now();
  for (const name of ["general", ...channels])
    createChannel(db, { actor: { id: "system" }, at, name, description: "", retention: { days: null, count: keep } });
  const appender = createAppender(db);
  const schema = createDraftSchema(DEFAULT_LIMITS);
  const plain = schema.parse(draftFor("general"));
  for (let stored = 0; stored < count; stored += BATCH) {
    db.sqlite.exec("BEGIN IMMEDIATE");
    appender.begin();
    for (let id = stored + 1; id <= Math.min(stored + BATCH, count); id += 1) {
      appender.append(encodeDraft(plain, { sender: "token:bench", createdAt: at - count + id }));
    }
    db.sqlite.exec("COMMIT");
  }
  catchUp(db);
  const json = encodeWaiting({ given: plain, draft: plain });
  const orderer = { sender: "token:bench", userId: null, tokenId: 0, claims: null };
  db.sqlite.exec("BEGIN IMMEDIATE");
  for (let n = 0; n < scheduled; n += 1) {
    const row = { dueAt: at + YEAR + n, channel: "general", ...orderer, createdAt: at, json };
    createScheduled(db, { row, once: null, answer: "" });
  }
  db.sqlite.exec("COMMIT");
  db.sqlite.pragma("wal_checkpoint(TRUNCATE)");
}

/** Has everything indexed and counted, as it is in a hub that has run for a while: it is not what a case measures. */
export function catchUp(db: Database): void {
  for (const work of [indexNotifications, countPublished]) {
    const step = db.sqlite.transaction(work);
    let done = BATCH;
    while (done > 0) done = step(db, { limit: BATCH }).count;
  }
}
