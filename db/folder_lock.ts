import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { DatabaseOpenError } from "./errors.ts";

/**
 * Holds a data folder for one server. The lock is an exclusive transaction on a file of its own, so the operating
 * system drops it with the process, however that ends, and no stale lock is ever left behind.
 *
 * @throws {DatabaseOpenError} when another server holds the folder.
 */
export function lockFolder(folder: string): Disposable {
  const file = join(folder, "belfry.lock");
  const lock = new Sqlite(file, { timeout: 0 });
  try {
    lock.pragma("journal_mode = DELETE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (cause instanceof Sqlite.SqliteError && cause.code.startsWith("SQLITE_BUSY")) {
      throw new DatabaseOpenError(
        `Cannot use the data folder ${folder}: another Belfry process has locked it; stop that one first, or choose another folder with --data`,
        { cause },
      );
    }
    throw new DatabaseOpenError(`Cannot lock the data folder ${folder}: ${(cause as Error).message}`, { cause });
  }
  return { [Symbol.dispose]: () => void lock.close() };
}
