import type { Fault } from "../explain.ts";
import { isWithinDepth, utf8Length } from "../json_value.ts";
import { pointerTo, resolveReference } from "./json_pointer.ts";
import { IN_PLACE, isSchema, isSchemaObject, type JsonSchema, partsOf, type SchemaObject } from "./parts.ts";

/** The dialect that schemas are written in. */
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";
/** Longest schema, in bytes of JSON, and how deep it may nest. */
const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 64;
/** Keywords that give a schema another base or other names to refer by: one schema would reach into another. */
const FOREIGN = ["$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$vocabulary"];

/**
 * What a value has that no schema of a type may have, before it is held against the dialect itself: it is too large, or
 * refers to something outside itself, or to itself without end. Pointers begin with `/schema`.
 */
export function findSchemaFaults(schema: unknown): Fault[] {
  const fault = (path: string, message: string): Fault => ({ path, message });
  if (!isSchemaObject(schema)) return [fault("/schema", "is no JSON Schema: must be an object")];
  if (!isWithinDepth(schema, MAX_DEPTH)) return [fault("/schema", `must nest at most ${MAX_DEPTH} levels deep`)];
  const bytes = utf8Length(JSON.stringify(schema));
  if (bytes > MAX_BYTES) return [fault("/schema", `must have at most ${MAX_BYTES} bytes as JSON, has ${bytes}`)];
  const dialect = schema["$schema"] ?? DIALECT;
  if (dialect !== DIALECT && dialect !== `${DIALECT}#`) return [fault("/schema/$schema", `must be ${DIALECT}`)];
  const places = [...walk(schema)];
  const known = new Set(places.map((place) => place.schema));
  const faults = places.flatMap((place) => faultsOf(place, { root: schema, known }));
  if (faults.length > 0) return faults;
  const loop = findLoop(places, schema);
  return loop ? [fault(loop.pointer, "refers to itself without end")] : [];
}

interface Place {
  readonly pointer: string;
  readonly schema: JsonSchema;
}

function* walk(root: SchemaObject): Generator<Place, void, undefined> {
  const open: Place[] = [{ pointer: "/schema", schema: root }];
  for (let place = open.pop(); place; place = open.pop()) {
    yield place;
    if (isSchemaObject(place.schema)) open.push(...partsOf(place.schema, place.pointer).toReversed());
  }
}

/** The whole that a place stands in. */
interface Whole {
  readonly root: SchemaObject;
  /** All that stands where a schema may stand. */
  readonly known: ReadonlySet<JsonSchema>;
}

function faultsOf({ schema, pointer }: Place, { root, known }: Whole): Fault[] {
  if (!isSchemaObject(schema)) return [];
  const faults = FOREIGN.filter((keyword) => Object.hasOwn(schema, keyword)).map((keyword) => ({
    path: pointerTo(pointer, keyword),
    message: "cannot be used: a type's schema stands by itself; refer with $ref, as #/$defs/Name",
  }));
  const { $ref, pattern, patternProperties, properties } = schema;
  if (typeof $ref === "string" && !known.has(resolveReference(root, $ref) as JsonSchema)) {
    const isInside = $ref.startsWith("#");
    const reason = isInside ? "points to no schema" : "points out of the schema, from where nothing is fetched";
    faults.push({ path: pointerTo(pointer, "$ref"), message: `${reason} (got ${JSON.stringify($ref)})` });
  }
  if (isSchemaObject(properties) && Object.hasOwn(properties, "__proto__")) {
    faults.push({
      path: pointerTo(pointerTo(pointer, "properties"), "__proto__"),
      message: "cannot be a field's name",
    });
  }
  const patterns = Object.keys(isSchemaObject(patternProperties) ? patternProperties : {});
  const places: [string, unknown][] = patterns.map((key) => [pointerTo(`${pointer}/patternProperties`, key), key]);
  for (const [path, text] of [...places, [`${pointer}/pattern`, pattern] as const]) {
    if (typeof text !== "string" || isRegExp(text)) continue;
    faults.push({ path, message: `is no regular expression (got ${JSON.stringify(text)})` });
  }
  return faults;
}

function isRegExp(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}

/** The first place whose judgement of a value waits for itself; undefined: there is none. */
function findLoop(places: readonly Place[], root: SchemaObject): Place | undefined {
  const judged = new Map<SchemaObject, "begun" | "done">();
  const isLoop = (schema: JsonSchema): boolean => {
    if (!isSchemaObject(schema) || judged.get(schema) === "done") return false;
    if (judged.has(schema)) return true;
    judged.set(schema, "begun");
    const target = typeof schema["$ref"] === "string" ? resolveReference(root, schema["$ref"]) : undefined;
    const held = partsOf(schema, "").filter(({ keyword }) => IN_PLACE.includes(keyword));
    const found = [...(isSchema(target) ? [target] : []), ...held.map((part) => part.schema)].some(isLoop);
    judged.set(schema, "done");
    return found;
  };
  return places.find((place) => isLoop(place.schema));
}
