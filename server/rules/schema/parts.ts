import { pointerTo } from "./json_pointer.ts";

/** A JSON Schema (draft 2020-12) as an object of keywords. */
export type SchemaObject = Readonly<Record<string, unknown>>;
/** A JSON Schema: keywords, or true (anything) or false (nothing). */
export type JsonSchema = boolean | SchemaObject;

/** Keywords that hold a schema. */
const ONE: readonly string[] = [
  ...["additionalProperties", "contains", "contentSchema", "items", "propertyNames"],
  ...["if", "then", "else", "not", "unevaluatedItems", "unevaluatedProperties"],
];
/** Keywords that hold a list of schemas. */
const LIST: readonly string[] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/** Keywords that hold schemas by name. */
const MAP: readonly string[] = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/** Keywords whose schemas judge the same value as the schema that holds them. */
export const IN_PLACE: readonly string[] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];

/** A schema within another: its JSON pointer, the keyword that holds it, its name or place there. */
export interface SchemaPart {
  readonly pointer: string;
  readonly keyword: string;
  readonly key: string | number | undefined;
  readonly schema: JsonSchema;
}

/** Whether a value is an object of keywords. */
export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value may be a schema. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "boolean" || isSchemaObject(value);
}

/** Whether a keyword holds schemas, and how. */
export function holderKind(keyword: string): "one" | "list" | "map" | undefined {
  if (ONE.includes(keyword)) return "one";
  if (LIST.includes(keyword)) return "list";
  return MAP.includes(keyword) ? "map" : undefined;
}

/** The schemas that stand directly in one. */
export function partsOf(schema: SchemaObject, pointer: string): SchemaPart[] {
  const parts: SchemaPart[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const kind = holderKind(keyword);
    const at = pointerTo(pointer, keyword);
    if (kind === "one" && isSchema(value)) parts.push({ pointer: at, keyword, key: undefined, schema: value });
    if (kind === "list" ? !Array.isArray(value) : kind !== "map" || !isSchemaObject(value)) continue;
    for (const [name, inner] of Object.entries(value as object)) {
      const key = kind === "list" ? Number(name) : name;
      if (isSchema(inner)) parts.push({ pointer: pointerTo(at, key), keyword, key, schema: inner });
    }
  }
  return parts;
}
