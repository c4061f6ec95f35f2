import { createHash } from "node:crypto";
import { type AuditEntry, appendAudit } from "./audit.ts";
import type { Audited } from "./commands.ts";
import type { Database } from "./database.ts";
import { and, asc, count, desc, eq, gt } from "./drizzle.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import { channels, type TypeRow, types } from "./schema.ts";
import { raiseVersion } from "./versions.ts";

/** A version of a type to make or to change, and what its decision was made on. */
export interface RegisteredType extends Omit<TypeRow, "createdAt" | "updatedAt"> {
  readonly basis: {
    /** The type's newest version; 0: there is none. */
    readonly newest: number;
    /** The schema that this version has; null: none, or there is no such version. */
    readonly schema: string | null;
  };
}

/** Commands on the catalogue of types. */
export interface TypeCommands {
  /** Answers null when the type has changed since the decision, which is then to be made anew. */
  "type.register": { input: Audited & RegisteredType; result: TypeRow | null };
}

/** Most versions of all types together: every process keeps them in memory. */
const MAX_VERSIONS = 5_000;

/** Every version of every type, by name, the oldest first. */
export function readTypes(db: Database): TypeRow[] {
  return db.orm.select().from(types).orderBy(asc(types.name), asc(types.version)).all();
}

/** Every version of one type, the oldest first. */
export function findType(db: Database, name: string): TypeRow[] {
  return db.orm.select().from(types).where(eq(types.name, name)).orderBy(asc(types.version)).all();
}

/** Names of types after one, in order. */
export function listTypeNames(
  db: Database,
  { after, limit }: { readonly after: string; readonly limit: number },
): string[] {
  const rows = db.orm
    .selectDistinct({ name: types.name })
    .from(types)
    .where(gt(types.name, after))
    .orderBy(asc(types.name))
    .limit(limit)
    .all();
  return rows.map(({ name }) => name);
}

/**
 * Makes a version of a type, or changes its texts; null: the type is not any more what the decision was made on.
 *
 * @throws {NotFoundError} when its channel does not exist.
 * @throws {ConflictError} when there are too many.
 */
export function registerType(db: Database, input: Audited & RegisteredType): TypeRow | null {
  const { actor: _, at, basis, ...given } = input;
  const { name, version, channel } = given;
  const newest = db.orm.select().from(types).where(eq(types.name, name)).orderBy(desc(types.version)).get();
  const before = db.orm
    .select()
    .from(types)
    .where(and(eq(types.name, name), eq(types.version, version)))
    .get();
  if ((newest?.version ?? 0) !== basis.newest || (before?.schema ?? null) !== basis.schema) return null;
  const refuse = (reason: string) => `Cannot register type "${name}": ${reason}`;
  if (channel !== null && !db.orm.select().from(channels).where(eq(channels.name, channel)).get()) {
    throw new NotFoundError(refuse(`there is no channel "${channel}"; create it first`));
  }
  if (!before && (db.orm.select({ n: count() }).from(types).get()?.n ?? 0) >= MAX_VERSIONS) {
    throw new ConflictError(refuse(`there are ${MAX_VERSIONS} versions of types already`));
  }
  const row = db.orm
    .insert(types)
    .values({ ...given, createdAt: at, updatedAt: at })
    .onConflictDoUpdate({ target: [types.name, types.version], set: { ...given, updatedAt: at } })
    .returning()
    .get();
  appendAudit(db, input, toAudit(row, before));
  raiseVersion(db, "types");
  return row;
}

/** The trail gets a schema's fingerprint: the schema itself is kept. */
function toAudit(after: TypeRow, before: TypeRow | undefined): AuditEntry {
  const state = ({ name: _, createdAt: __, updatedAt: ___, schema, ...texts }: TypeRow) => ({
    ...texts,
    schema: schema && `sha256:${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`,
  });
  return { action: "type.register", target: after.name, after: state(after), ...(before && { before: state(before) }) };
}
