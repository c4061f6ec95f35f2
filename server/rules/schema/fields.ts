import { resolveReference } from "./json_pointer.ts";
import { isSchema, isSchemaObject, type JsonSchema, type SchemaObject } from "./parts.ts";

/** Keywords by which a schema says what a value is; one without any of them says nothing. */
const TELLING = ["type", "enum", "const", "properties", "items", "prefixItems", "additionalProperties"];
/** Keywords whose schemas a value may fit. */
const BRANCHES = ["allOf", "anyOf", "oneOf", "then", "else"];

/** Whether a schema names a field, as the way into the value that it describes. */
export function hasField(schema: SchemaObject, path: readonly string[]): boolean {
  let places: readonly JsonSchema[] = spread(schema, schema);
  for (const key of path) {
    places = places.flatMap((place) => step(place, key)).flatMap((place) => spread(place, schema));
    if (places.length === 0) return false;
  }
  return true;
}

/** A schema and all that it says in other words: references, and branches that a value may take. */
function spread(schema: JsonSchema, root: SchemaObject): JsonSchema[] {
  const seen = new Set<JsonSchema>([schema]);
  // A set is walked to its end, with what is added on the way.
  for (const place of seen) {
    if (!isSchemaObject(place)) continue;
    const target = typeof place["$ref"] === "string" ? resolveReference(root, place["$ref"]) : undefined;
    const branches = BRANCHES.flatMap((keyword) => place[keyword] ?? []);
    for (const branch of [target, ...branches]) if (isSchema(branch)) seen.add(branch);
  }
  return [...seen];
}

/** What stands under a key of a value that fits a schema; empty: nothing that the schema names. */
function step(schema: JsonSchema, key: string): JsonSchema[] {
  if (!isSchemaObject(schema)) return schema ? [true] : [];
  if (!TELLING.some((keyword) => keyword in schema)) return saysNothing(schema) ? [true] : [];
  const types = [schema["type"] ?? ["object", "array"]].flat();
  const fields = types.includes("object") ? fieldOf(schema, key) : [];
  return types.includes("array") && /^\d+$/.test(key) ? [...fields, ...itemOf(schema, Number(key))] : fields;
}

function saysNothing(schema: SchemaObject): boolean {
  return !("$ref" in schema) && !BRANCHES.some((keyword) => keyword in schema);
}

function fieldOf(schema: SchemaObject, key: string): JsonSchema[] {
  const { properties, patternProperties, additionalProperties: others } = schema;
  if (isSchemaObject(properties) && Object.hasOwn(properties, key)) return only(properties[key]);
  const patterns = isSchemaObject(patternProperties) ? Object.entries(patternProperties) : [];
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(key));
  if (matching.length > 0) return matching.flatMap(([, inner]) => only(inner));
  if (others !== undefined) return only(others);
  // An object of whose fields nothing is said holds anything.
  const isOpen = properties === undefined && patternProperties === undefined && saysNothing(schema);
  return isOpen && schema["type"] !== undefined ? [true] : [];
}

function itemOf({ prefixItems, items, type }: SchemaObject, index: number): JsonSchema[] {
  if (Array.isArray(prefixItems) && index < prefixItems.length) return only(prefixItems[index]);
  if (items !== undefined) return only(items);
  return prefixItems === undefined && type !== undefined ? [true] : [];
}

function only(schema: unknown): JsonSchema[] {
  return isSchema(schema) && schema !== false ? [schema] : [];
}
