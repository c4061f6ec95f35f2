import type { ErrorObject } from "ajv";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { canonicalJson } from "../canonical_json.ts";
import { type Fault, gotValue, MAX_NAMED } from "../explain.ts";
import { costOf } from "./cost.ts";
import { findSchemaFaults } from "./faults.ts";
import { pointerTo } from "./json_pointer.ts";
import type { SchemaObject } from "./parts.ts";

/** Says what is wrong with the `data` of a notification; undefined: it has none. */
export type DataCheck = (data: unknown) => readonly Fault[];

/** Longest pointer or list of values that a fault shows, in characters. */
const MAX_SHOWN = 300;
const NONE: readonly Fault[] = [];

/** Judges JSON Schemas of draft 2020-12. */
export class SchemaJudge {
  readonly #ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, logger: false });

  /** What is wrong with a schema; empty: it is one, and {@linkcode compileSchema} takes it. Pointers begin with `/schema`. */
  faultsOf(schema: unknown): readonly Fault[] {
    const faults = findSchemaFaults(schema);
    if (faults.length > 0) return faults.slice(0, MAX_NAMED);
    const no = (path: string, message: string) => ({ path, message: `is no JSON Schema: ${message}` });
    if (!this.#ajv.validateSchema(schema as SchemaObject)) {
      const found = toFaults(this.#ajv.errors ?? [], "/schema");
      // What comes first says what it must be, what follows in how many other words.
      const firsts = found.filter(({ path }, index) => found.findIndex((fault) => fault.path === path) === index);
      return firsts.map(({ path, message }) => no(path, message));
    }
    try {
      compileSchema(schema as SchemaObject);
      return NONE;
    } catch (error) {
      return [no("/schema", (error as Error).message.slice(0, 200))];
    }
  }
}

/**
 * Turns a schema without faults into code that checks `data`. Pointers begin with `/data`. Where the work may
 * multiply (see cost.ts) it stops at the first fault.
 */
export function compileSchema(schema: SchemaObject): DataCheck {
  const isValid = compile(schema, !costOf(schema).multiplies);
  return (data) => {
    if (isValid(data)) return NONE;
    if (data === undefined) return [{ path: "/data", message: "is required" }];
    return toFaults(isValid.errors ?? [], "/data");
  };
}

function compile({ $schema: _, ...schema }: SchemaObject, allErrors: boolean): ValidateFunction {
  // One for each schema: it keeps for ever whatever it has compiled.
  const ajv = new Ajv2020({
    allErrors,
    strict: false,
    verbose: true,
    logger: false,
    // Judged already; without the schemas of the dialect it is made in no time.
    meta: false,
    validateSchema: false,
    // `constructor` in a list of required fields is a field, and not what every object inherits.
    ownProperties: true,
    // A definition that is used a thousand times is code once.
    inlineRefs: false,
  });
  addFormats.default(ajv);
  // Its own expression takes seconds for a long text of colons.
  ajv.addFormat("url", { type: "string", validate: (text: string) => URL.canParse(text) });
  // What older drafts call a schema's address is nothing to this one.
  ajv.removeKeyword("id");
  ajv.removeKeyword("uniqueItems");
  // Its own compares each item with each: seconds for what fits into `data`.
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: hasUniqueItems,
    errors: false,
  });
  return ajv.compile(schema);
}

function hasUniqueItems(isWanted: boolean, items: readonly unknown[]): boolean {
  return !isWanted || new Set(items.map(canonicalJson)).size === items.length;
}

function toFaults(errors: readonly ErrorObject[], root: string): Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const fault = toFault(error, root);
    // The branches of a union say the same of the same place.
    faults.set(`${fault.path} ${fault.message}`, fault);
    if (faults.size === MAX_NAMED) break;
  }
  return [...faults.values()];
}

function toFault(error: ErrorObject, root: string): Fault {
  const { path, message } = describe(error, root);
  // A field's name may be as long as all of `data`.
  return { path: shorten(path), message };
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function describe({ keyword, instancePath, params, message, data }: ErrorObject, root: string): Fault {
  const at = root + instancePath;
  const got = gotValue(at, data);
  switch (keyword) {
    case "required":
      return { path: pointerTo(at, params["missingProperty"]), message: "is required" };
    case "additionalProperties":
      return { path: pointerTo(at, params["additionalProperty"]), message: "is no field of it" };
    case "unevaluatedProperties":
      return { path: pointerTo(at, params["unevaluatedProperty"]), message: "is no field of it" };
    case "type":
      return { path: at, message: `must be ${[params["type"]].flat().join(" or ")}${got}` };
    case "enum":
      return {
        path: at,
        message: `must be one of ${shorten(JSON.stringify(params["allowedValues"]).slice(1, -1))}${got}`,
      };
    case "const":
      return { path: at, message: `must be ${shorten(JSON.stringify(params["allowedValue"]))}${got}` };
    case "uniqueItems":
      return { path: at, message: "must not hold an entry twice" };
    default:
      return { path: at, message: `${message ?? "is wrong"}${got}` };
  }
}
