import { existsSync } from "node:fs";
import { databaseFile, openDatabase } from "../../db/database.ts";
import { findUser } from "../../db/users.ts";
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

/** Refuses the id of nobody; `action` stands in the error before it. @throws {Error} */
export function refuseUnknownUser(folder: string, id: string, action: string): void {
  using db = openDatabase(folder, { readonly: true });
  if (!findUser(db, id)) throw new Error(`Cannot ${action} "${id}": there is no such user; see: belfry user list`);
}
