import { readFileSync } from "node:fs";
import type { Database as Sqlite } from "better-sqlite3";
import { DatabaseOpenError } from "./errors.ts";

/** One step of the schema: its name and its SQL statements. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly tag: string }[];
}

const FOLDER = new URL("./migrations/", import.meta.url);

/** Reads the migrations that drizzle-kit generated, in the order of their numbers (never of their dates). */
export function readMigrations(folder: URL = FOLDER): Migration[] {
  const journal = JSON.parse(readFileSync(new URL("meta/_journal.json", folder), "utf8")) as Journal;
  return [...journal.entries]
    .sort((a, b) => a.idx - b.idx)
    .map(({ tag }) => ({
      name: tag,
      statements: readFileSync(new URL(`${tag}.sql`, folder), "utf8").split("--> statement-breakpoint"),
    }));
}

/**
 * Brings a database to the newest migration, in one transaction. `PRAGMA user_version` counts the migrations applied.
 *
 * @throws {DatabaseOpenError} when the database was made by a newer version of Belfry.
 */
export function migrate(sqlite: Sqlite, migrations: readonly Migration[] = readMigrations()): void {
  const countApplied = () => sqlite.pragma("user_version", { simple: true }) as number;
  const applied = countApplied();
  if (applied > migrations.length) {
    throw new DatabaseOpenError(
      `Cannot open database ${sqlite.name}: it was made by a newer version of Belfry (schema ${applied}, this version knows ${migrations.length}); update Belfry or restore an older backup`,
    );
  }
  if (applied === migrations.length) return;
  sqlite
    .transaction(() => {
      // Counted again: another process may have migrated the same new database meanwhile.
      for (const { statements } of migrations.slice(countApplied())) {
        for (const statement of statements) sqlite.exec(statement);
      }
      sqlite.pragma(`user_version = ${migrations.length}`);
    })
    .immediate();
}
