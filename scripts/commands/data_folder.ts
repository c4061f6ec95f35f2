import { existsSync } from "node:fs";
import { databaseFile, openDatabase } from "../../db/database.ts";
import { findNamedUser } from "../../db/users.ts";
import { readSettings } from "./settings.ts";

/** The command line in the audit trail. */
export const ACTOR = { id: "cli" } as const;

/**
 * Names the data folder of a hub that has been started once; `action` stands in the error. Commands write straight to it,
 * also beside a running server: SQLite lets both take turns, and the server sees the change within half a second.
 *
 * @throws {Error} when there is no database in it.
 */
export function requireFolder(data: string | undefined, action: string): string {
  const folder = readSettings({ BELFRY_DATA: data }).data;
  if (existsSync(databaseFile(folder))) return folder;
  throw new Error(`Cannot ${action}: there is no database in ${folder}; name its folder with --data or BELFRY_DATA`);
}

/** The id of the user whom an id or an e-mail address names; `action` stands in the error before it. @throws {Error} */
export function requireUser(folder: string, named: string, action: string): string {
  using db = openDatabase(folder, { readonly: true });
  const user = findNamedUser(db, named);
  if (user) return user.id;
  throw new Error(`Cannot ${action} "${named}": there is no such user; see: belfry user list`);
}
