import type { Database } from "./database.ts";
import { sql } from "./drizzle.ts";
import { meta } from "./schema.ts";

/** What processes keep in memory and follow: who may do what, and the catalogue of types. */
export type Versioned = "access" | "types";

/** Counts a change, for every process that has the database open. */
export function raiseVersion(db: Database, of: Versioned): void {
  db.orm
    .insert(meta)
    .values({ key: of, value: "1" })
    .onConflictDoUpdate({ target: meta.key, set: { value: sql`CAST(CAST(${meta.value} AS INTEGER) + 1 AS TEXT)` } })
    .run();
}

/** Makes the reader of what {@linkcode raiseVersion} raises; it is read every moment. */
export function createVersionReader({ sqlite }: Database, of: Versioned): () => string {
  const value = sqlite.prepare("SELECT value FROM meta WHERE key = ?").pluck();
  return () => (value.get(of) as string | undefined) ?? "0";
}
