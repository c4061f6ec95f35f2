import { existsSync } from "node:fs";
import { databaseFile } from "../../db/database.ts";
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
