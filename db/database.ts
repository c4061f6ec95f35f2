import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "./drizzle.ts";
import { DatabaseOpenError } from "./errors.ts";
import { migrate } from "./migrate.ts";
import * as schema from "./schema.ts";

/** An open connection: Drizzle for queries, the driver for hot statements, and the epoch of the database. */
export interface Database extends Disposable {
  readonly orm: BetterSQLite3Database<typeof schema>;
  readonly sqlite: Sqlite.Database;
  /** Made with the database; a cursor of another epoch belongs to another database. */
  readonly epoch: string;
}

/** How to open a database. */
export interface OpenOptions {
  /** A read-only connection cannot write and runs no migration. Default: false. */
  readonly readonly?: boolean;
  /** How long to wait for a lock that another process holds, in ms. Default: 5,000. */
  readonly timeout?: number;
}

/** The database file inside a data folder. */
export function databaseFile(folder: string): string {
  return join(folder, "belfry.db");
}

/** Size of the write-ahead log, in bytes; 0 when there is none. */
export function readWalBytes({ sqlite }: Database): number {
  return statSync(`${sqlite.name}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** Makes the data folder when it is missing. @throws {DatabaseOpenError} when it cannot be written. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DatabaseOpenError(
      `Cannot write the data folder ${folder}: ${code ?? String(cause)}; choose another with --data or BELFRY_DATA, or change its owner`,
      { cause },
    );
  }
}

/**
 * Opens the database of a data folder; a writing connection also brings it to the newest migration.
 * `synchronous` is set on every open, because a reopened WAL file reads NORMAL.
 *
 * @throws {DatabaseOpenError} when the file is damaged, locked, or made by a newer version.
 */
export function openDatabase(folder: string, options: OpenOptions = {}): Database {
  const { readonly = false, timeout = 5_000 } = options;
  const file = databaseFile(folder);
  let sqlite: Sqlite.Database | undefined;
  try {
    sqlite = new Sqlite(file, { readonly, timeout });
    if (!readonly) {
      if (sqlite.pragma("user_version", { simple: true }) === 0) sqlite.pragma("auto_vacuum = INCREMENTAL");
      sqlite.pragma("journal_mode = WAL");
    }
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    sqlite.pragma("temp_store = MEMORY");
    sqlite.pragma("mmap_size = 268435456");
    if (!readonly) migrate(sqlite);
    const epoch = readEpoch(sqlite, readonly);
    const orm = drizzle(sqlite, { schema });
    const open = sqlite;
    return { orm, sqlite, epoch, [Symbol.dispose]: () => void open.close() };
  } catch (cause) {
    sqlite?.close();
    throw explain(cause, file);
  }
}

/** Eight characters of base 36, random: enough to tell one database from its siblings, short enough for every cursor. */
function makeEpoch(): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high * 2 ** 21 + (low >>> 11)).toString(36).padStart(11, "0").slice(-8);
}

function readEpoch(sqlite: Sqlite.Database, readonly: boolean): string {
  if (!readonly) {
    sqlite.prepare("INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT DO NOTHING").run(makeEpoch());
  }
  return sqlite.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() as string;
}

function explain(cause: unknown, file: string): Error {
  if (cause instanceof DatabaseOpenError || !(cause instanceof Sqlite.SqliteError)) return cause as Error;
  const { code, message } = cause;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new DatabaseOpenError(
      `Cannot open database ${file}: it is damaged (${message}); stop Belfry and restore a backup`,
      { cause },
    );
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new DatabaseOpenError(
      `Cannot open database ${file}: another process has locked it; stop that process first`,
      { cause },
    );
  }
  return new DatabaseOpenError(`Cannot open database ${file}: ${message} (${code})`, { cause });
}
