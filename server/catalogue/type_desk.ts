import type { Audited } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { ConflictError, NotFoundError, WriterBusyError } from "../../db/errors.ts";
import type { TypeRow } from "../../db/schema.ts";
import { findType, listTypeNames, type RegisteredType } from "../../db/types.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import type { Caller } from "../auth/caller.ts";
import { canonicalJson } from "../rules/canonical_json.ts";
import { findTypeFaults, type TypeGetInput, type TypeInput, type TypeListInput } from "../rules/event_type.ts";
import { InputError } from "../rules/explain.ts";
import { SchemaJudge } from "../rules/schema/json_schema.ts";
import type { SchemaObject } from "../rules/schema/parts.ts";
import { decideVersion } from "../rules/type_version.ts";
import { type TypeView, toTypeText, toTypeView } from "./type_view.ts";

/** A registered type, and whether this registration made the version, changed its texts, or found all as it is. */
export interface Registration extends TypeView {
  readonly change: "created" | "updated" | "unchanged";
}

/** One page of types, each in its newest version. */
export interface TypePage {
  readonly items: readonly TypeView[];
  /** `cursor` of the page after; null: there is none. */
  readonly next: string | null;
}

/** How often a decision is made anew because others register the same type at the same moment. */
const ATTEMPTS = 10;

/** Registers types and shows them. Who may is decided where it is called. */
export class TypeDesk {
  readonly #db: Database;
  readonly #writer: Writer;
  readonly #access: Pick<AccessBook, "knows">;
  readonly #judge = new SchemaJudge();

  constructor(db: Database, writer: Writer, access: Pick<AccessBook, "knows">) {
    this.#db = db;
    this.#writer = writer;
    this.#access = access;
  }

  /** One page of types, by name. */
  list({ cursor, limit }: TypeListInput, caller: Caller): TypePage {
    const names = listTypeNames(this.#db, { after: cursor ?? "", limit: limit + 1 });
    const items = names.slice(0, limit).map((name) => this.get({ name }, caller));
    return { items, next: names.length > limit ? (items.at(-1)?.name ?? null) : null };
  }

  /** One version of a type, by default the newest. @throws {NotFoundError} */
  get({ name, version }: TypeGetInput, caller: Caller): TypeView {
    const rows = findType(this.#db, name);
    const row = version === undefined ? rows.at(-1) : rows.find((one) => one.version === version);
    if (row) return this.#shown(toTypeView(row, rows), caller);
    const which = rows.length > 0 ? `version ${version} of type` : "type";
    throw new NotFoundError(`Cannot get ${which} "${name}": there is none`);
  }

  /**
   * Makes a version of a type, or changes the texts of one.
   *
   * @throws {InputError} when its schema is none, or a template names what is not there.
   * @throws {ConflictError} when it would change what the schema lets pass.
   * @throws {NotFoundError} when its channel does not exist.
   */
  async register(input: TypeInput, by: Audited): Promise<Registration> {
    const faults = findTypeFaults(input, this.#judge);
    if (faults.length > 0) throw new InputError(`register type "${input.name}"`, faults);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const rows = findType(this.#db, input.name);
      const wanted = decide(input, rows);
      const before = rows.find(({ version }) => version === wanted.version);
      if (before && isSame(before, wanted)) return { ...toTypeView(before, rows), change: "unchanged" };
      const row = await this.#writer.execute({ kind: "type.register", input: { ...wanted, ...by } });
      if (row) return { ...toTypeView(row, findType(this.#db, row.name)), change: before ? "updated" : "created" };
    }
    throw new WriterBusyError(`Cannot register type "${input.name}": too many others change it now; try again later`);
  }

  /** Without the channel, where the caller may not know of it. */
  #shown(view: TypeView, caller: Caller): TypeView {
    return view.channel === null || this.#access.knows(caller, view.channel) ? view : { ...view, channel: null };
  }
}

/** What is to be written, given what is there. @throws {ConflictError} */
function decide(input: TypeInput, rows: readonly TypeRow[]): RegisteredType {
  const { name, description, severity = null, channel = null, title = null, message = null, format = null } = input;
  const schema = (input.schema ?? null) as SchemaObject | null;
  const decision = decideVersion(rows.map(toTypeText), { version: input.version, schema });
  if ("conflict" in decision) throw new ConflictError(`Cannot register type "${name}": ${decision.conflict}`);
  const { version } = decision;
  const before = rows.find((row) => row.version === version);
  return {
    ...{ name, version, description, severity, channel, title, message, format },
    schema: schema && JSON.stringify(schema),
    basis: { newest: rows.at(-1)?.version ?? 0, schema: before?.schema ?? null },
  };
}

function isSame(before: TypeRow, { basis: _, ...wanted }: RegisteredType): boolean {
  const { createdAt: __, updatedAt: ___, ...there } = before;
  return canonicalJson(there) === canonicalJson(wanted);
}
