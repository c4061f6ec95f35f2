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
  let lock: Sqlite.Database | undefined;
  try {
    lock = new Sqlite(file, { timeout: 0 });
    lock.pragma("journal_mode = DELETE");
    lock.exec("BEGIN EXCLUSIVE");
    const held = lock;
    return { [Symbol.dispose]: () => void held.close() };
  } catch (cause) {
    lock?.close();
    if (cause instanceof Sqlite.SqliteError && cause.code.startsWith("SQLITE_BUSY")) {
      throw new DatabaseOpenError(
        `Cannot use the data folder ${folder}: another Belfry process has locked it; stop that one first, or choose another folder with --data`,
        { cause },
      );
    }
    throw new DatabaseOpenError(`Cannot lock the data folder with ${file}: ${(cause as Error).message}`, { cause });
  }
}
