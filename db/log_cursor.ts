import type { Database } from "./database.ts";
import type { Step } from "./step.ts";

/** What a follower of the log has done with the next notifications. */
export interface FollowStep extends Step {
  /** Everything up to this id is done. */
  readonly through: number;
}

/** Makes the reader of up to which id a follower of the log has come: what follows it is still to be done. */
export function readCursor({ sqlite }: Database, name: string): () => number {
  const cursor = sqlite.prepare("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?").pluck();
  return () => (cursor.get(`cursor.${name}`) as number | undefined) ?? 0;
}

/** Notes how far a follower of the log has come; in the transaction of what it has done. */
export function writeCursor({ sqlite }: Database, name: string, id: number): void {
  sqlite
    .prepare("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
    .run(`cursor.${name}`, String(id));
}
