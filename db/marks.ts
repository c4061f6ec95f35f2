import type { Database } from "./database.ts";
import { sql } from "./drizzle.ts";
import { meta } from "./schema.ts";

/** What processes keep in memory and follow: who may do what, and the catalogue of types. */
export type Mark = "access" | "types";

/** Marks that something has changed, for every process that has the database open. */
export function touchMark(db: Database, mark: Mark): void {
  db.orm
    .insert(meta)
    .values({ key: mark, value: "1" })
    .onConflictDoUpdate({ target: meta.key, set: { value: sql`CAST(CAST(${meta.value} AS INTEGER) + 1 AS TEXT)` } })
    .run();
}

/** Makes the reader of what {@linkcode touchMark} moves; it is read every moment. */
export function createMarkReader({ sqlite }: Database, mark: Mark): () => string {
  const value = sqlite.prepare("SELECT value FROM meta WHERE key = ?").pluck();
  return () => (value.get(mark) as string | undefined) ?? "0";
}
