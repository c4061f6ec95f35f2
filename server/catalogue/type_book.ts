/**
 * server/catalogue/ owns THE TYPES THAT ARE REGISTERED: their schemas, defaults and templates. This file holds them in
 * memory.
 */
import type { Command } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import type { TypeRow } from "../../db/schema.ts";
import { readTypes } from "../../db/types.ts";
import { VersionFollower } from "../../db/version_follower.ts";
import type { Writer } from "../../db/writer.ts";
import type { GivenDraft } from "../rules/draft.ts";
import { createEventType, type EventType } from "../rules/event_type.ts";
import { InputError } from "../rules/explain.ts";
import type { DataCheck } from "../rules/schema/json_schema.ts";
import { toTypeText } from "./type_view.ts";
import { TimeLimitError, Watchdog } from "./watchdog.ts";

/** One version, with what it was made from. */
interface Entry {
  readonly text: string;
  readonly type: EventType;
}

/** The versions of one type. */
interface Versions {
  readonly newest: EventType;
  readonly all: ReadonlyMap<number, Entry>;
}

/**
 * The catalogue of types in memory, because every publish asks for its type. Follows changes at once where this process
 * makes them, within half a second where another does.
 */
export class TypeBook implements Disposable {
  readonly #db: Database;
  readonly #follower: VersionFollower;
  #types: ReadonlyMap<string, Versions> = new Map();

  constructor(db: Database, writer: Writer) {
    this.#db = db;
    const mayChange = ({ kind }: Command) => kind === "type.register";
    const read = () => {
      this.#types = this.#read(this.#types);
    };
    this.#follower = new VersionFollower({ db, writer, of: "types", mayChange, read });
  }

  /**
   * The type by which a draft is completed; undefined: it is not registered, and its notification is free.
   *
   * @throws {InputError} when the publisher names a version that is not there.
   */
  typeOf({ event, type: name = event, typeVersion }: GivenDraft): EventType | undefined {
    if (typeVersion === undefined) return this.#types.get(name)?.newest;
    // Another process may have registered it a moment ago.
    if (!this.#types.get(name)?.all.has(typeVersion)) this.#follower.look();
    const versions = this.#types.get(name);
    const found = versions?.all.get(typeVersion)?.type;
    if (found) return found;
    const reason = versions ? `its newest version is ${versions.newest.version}` : "it is not registered";
    const message = `names no version of type ${name}: ${reason} (got ${typeVersion})`;
    throw new InputError("publish", [{ path: "typeVersion", message }]);
  }

  [Symbol.dispose](): void {
    this.#follower[Symbol.dispose]();
  }

  /** Reads all types; a version that has not changed stays, with the code that its schema has become. */
  #read(before: ReadonlyMap<string, Versions>): Map<string, Versions> {
    const types = new Map<string, Versions>();
    for (const [name, rows] of Map.groupBy(readTypes(this.#db), (row) => row.name)) {
      const old = before.get(name)?.all;
      const all = new Map(rows.map((row) => [row.version, toEntry(row, old?.get(row.version))]));
      const newest = [...all.values()].at(-1);
      if (newest) types.set(name, { newest: newest.type, all });
    }
    return types;
  }
}

function toEntry(row: TypeRow, before: Entry | undefined): Entry {
  const text = JSON.stringify(row);
  return before?.text === text ? before : { text, type: createEventType(toTypeText(row), watch) };
}

/** The check with an end: what is not checked by then is refused. */
function watch(check: DataCheck): DataCheck {
  const watchdog = new Watchdog();
  return (data) => {
    try {
      return watchdog.run(() => check(data));
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      return [{ path: "/data", message: "takes too long to check; give the type a simpler schema" }];
    }
  };
}
