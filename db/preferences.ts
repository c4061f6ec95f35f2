import { appendAudit } from "./audit.ts";
import type { CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";

/** Reads what a user has set, as JSON; null: nothing. */
export type PreferencesReader = (userId: string) => string | null;

/** Makes a {@linkcode PreferencesReader}: every stream that a person opens asks. */
export function createPreferencesReader({ sqlite }: Database): PreferencesReader {
  const read = sqlite.prepare("SELECT json FROM preferences WHERE user_id = ?").pluck();
  return (userId) => (read.get(userId) as string | undefined) ?? null;
}

/**
 * Merges a change into a user's preferences (RFC 7396: null takes away), or puts it in their place, and answers with
 * what is stored. Leaves an audit row only where something is another than before.
 */
export function setPreferences(
  db: Database,
  input: Commands["preferences.set"]["input"],
): CommandResult<"preferences.set"> {
  const { userId, change, replaces } = input;
  const before = createPreferencesReader(db)(userId) ?? "{}";
  const after = db.sqlite
    .prepare("SELECT json_patch(?, ?)")
    .pluck()
    .get(replaces ? "{}" : before, change) as string;
  db.sqlite
    .prepare("INSERT INTO preferences VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET json = excluded.json")
    .run(userId, after);
  const changed = differences(before, after);
  if (changed) appendAudit(db, input, { action: "preferences.set", target: userId, ...changed });
  return after;
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of two objects, in JSON, that are not the same; null: all are. */
function differences(before: string, after: string): { readonly before: Fields; readonly after: Fields } | null {
  const [old, now] = [JSON.parse(before) as Fields, JSON.parse(after) as Fields];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const changed = names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]));
  const pick = (fields: Fields) => Object.fromEntries(changed.map((name) => [name, fields[name]]));
  return changed.length === 0 ? null : { before: pick(old), after: pick(now) };
}
