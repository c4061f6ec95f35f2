/** Fills a database directly, as fast as SQLite takes it. */
import { createChannel } from "../../db/channels.ts";
import { openDatabase, prepareFolder } from "../../db/database.ts";
import { createAppender } from "../../db/notifications.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { DEFAULT_LIMITS } from "../../server/rules/limits.ts";
import { encodeDraft } from "../../server/rules/notification.ts";
import { draftFor } from "./load/draft.ts";

/** What to put into a new database. */
export interface FillOptions {
  /** Notifications to store. */
  readonly count?: number;
  /** Channels to make beside `general`. */
  readonly channels?: readonly string[];
}

/** Rows per transaction. */
const BATCH = 10_000;
/** The word that a full-text search finds once in so many notifications. */
export const RARE = { word: "quagga", every: 100_000 } as const;

/** Makes the database of a data folder with so many notifications of the usual size in `general`. */
export function fillDatabase(folder: string, options: FillOptions): void {
  const { count = 0, channels = [] } = options;
  prepareFolder(folder);
  using db = openDatabase(folder);
  const at = Date.now();
  for (const name of ["general", ...channels])
    createChannel(db, { actor: { id: "system" }, at, name, description: "" });
  const appender = createAppender(db);
  const schema = createDraftSchema(DEFAULT_LIMITS);
  const plain = schema.parse(draftFor("general"));
  const rare = { ...plain, message: `${RARE.word} ${plain.message ?? ""}` };
  for (let stored = 0; stored < count; stored += BATCH) {
    db.sqlite.exec("BEGIN IMMEDIATE");
    appender.begin();
    for (let id = stored + 1; id <= Math.min(stored + BATCH, count); id += 1) {
      const draft = id % RARE.every === RARE.every >> 1 ? rare : plain;
      appender.append(encodeDraft(draft, { sender: "token:bench", createdAt: at - count + id }));
    }
    db.sqlite.exec("COMMIT");
  }
  db.sqlite.pragma("wal_checkpoint(TRUNCATE)");
}
