import { type Database, openDatabase, prepareFolder } from "../../db/database.ts";
import { lockFolder } from "../../db/folder_lock.ts";
import { SqliteLog } from "../../db/sqlite_log.ts";
import { Writer } from "../../db/writer.ts";
import { DEFAULT_RETENTION } from "../rules/retention.ts";
import type { Ground } from "./ground.ts";

/** The database, its one writer, and the log in it. */
export interface Storage {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly log: SqliteLog;
}

const CHANNEL = "general";

/** Opens the data folder. @throws {DatabaseOpenError} */
export async function openStorage({ config, now, logger, stack }: Ground): Promise<Storage> {
  prepareFolder(config.data);
  stack.use(lockFolder(config.data));
  const writer = stack.use(await Writer.start(config.data));
  stack.use(
    writer.onFailure((err) => logger.fatal({ err }, "The writer has died: nothing can be stored until a restart")),
  );
  const db = stack.use(openDatabase(config.data, { readonly: true }));
  const log = stack.use(new SqliteLog(db, writer));
  await ensureChannel(writer, now());
  return { db, writer, log };
}

/** The channel `general` exists from the first start. */
async function ensureChannel(writer: Writer, at: number): Promise<void> {
  const description = "Everything that has no channel of its own";
  await writer
    .execute({
      kind: "channel.create",
      input: { actor: { id: "system" }, at, name: CHANNEL, description, retention: DEFAULT_RETENTION },
    })
    .catch((error: Error) => {
      if (error.name !== "ConflictError") throw error;
    });
}
