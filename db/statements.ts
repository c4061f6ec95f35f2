import type { Statement } from "better-sqlite3";
import type { Database } from "./database.ts";

/** Prepares statements, each text once. For texts of which there are few: values are parameters. */
export type Statements = (sql: string) => Statement;

/** Makes the {@linkcode Statements} of a connection. */
export function createStatements({ sqlite }: Database): Statements {
  const known = new Map<string, Statement>();
  return (sql) => {
    let statement = known.get(sql);
    if (!statement) {
      statement = sqlite.prepare(sql);
      known.set(sql, statement);
    }
    return statement;
  };
}
