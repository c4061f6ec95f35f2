import type { Database } from "./database.ts";
import { eq } from "./drizzle.ts";
import { meta } from "./schema.ts";

/** What stores where users reach the hub. */
export interface PublicUrlCommands {
  "publicUrl.set": { input: { readonly url: string }; result: null };
}

const KEY = "public_url";

/** Where users reached the hub when it started last; undefined: it has not started since this is stored. */
export function readPublicUrl(db: Database): string | undefined {
  return db.orm.select().from(meta).where(eq(meta.key, KEY)).get()?.value;
}

/** Stores where users reach the hub: other programs of its machine, whose environment is another, lead links there. */
export function setPublicUrl(db: Database, { url: value }: PublicUrlCommands["publicUrl.set"]["input"]): null {
  db.orm.insert(meta).values({ key: KEY, value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
  return null;
}
