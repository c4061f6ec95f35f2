/**
 * server/rules/schema/ knows JSON SCHEMAS, by which types check their data: whether one is sound, what it costs, what it
 * says of a field, and (this file) whether another in its place would be noticed.
 */
import { canonicalJson } from "../canonical_json.ts";
import { pointerTo, resolveReference } from "./json_pointer.ts";
import { holderKind, isSchemaObject, type SchemaObject } from "./parts.ts";

/** Keywords that describe and do not judge. Definitions are compared where they are referred to. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  ...["$comment", "$schema", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"],
  ...["$defs", "definitions"],
]);
/** Keywords whose lists are sets. */
const SETS: ReadonlySet<string> = new Set(["enum", "required", "type"]);
/** Keywords through which a schema that lets more pass lets more pass as a whole. */
const GROWING: ReadonlySet<string> = new Set(["$ref", "allOf", "anyOf", "items", "prefixItems", "properties"]);
/** Longest value that a reason shows, in characters. */
const MAX_SHOWN = 60;

/** A change that publishers or subscribers could notice: where, as a JSON pointer, and what. */
export interface Incompatibility {
  readonly pointer: string;
  readonly reason: string;
}

/** The same place in both schemas; undefined: it is not there. */
interface Pair {
  readonly before: unknown;
  readonly after: unknown;
}

/** Where a comparison is. */
interface Way {
  readonly pointer: string;
  /** Whether fields may be added: not where a schema says what must not be, or which one of several it is. */
  readonly mayGrow: boolean;
}

/**
 * The first change between two schemas that is not surely harmless for publishers and subscribers alike; undefined: there
 * is none. Harmless are texts (`title`, `description`, `default`, …), and new fields that are not required, in an object
 * that says of fields without a name nothing, or that there are none.
 */
export function findIncompatibility(before: SchemaObject, after: SchemaObject): Incompatibility | undefined {
  return new Comparison({ before, after }).compare({ before, after }, { pointer: "/schema", mayGrow: true });
}

class Comparison {
  readonly #roots: Pair;
  /** References that are compared, or being compared. */
  readonly #met = new Set<string>();

  constructor(roots: Pair) {
    this.#roots = roots;
  }

  compare({ before, after }: Pair, { pointer, mayGrow }: Way): Incompatibility | undefined {
    if (!isSchemaObject(before) || !isSchemaObject(after)) return compareValues({ before, after }, pointer);
    const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
    return firstOf(keywords, (keyword) => {
      if (ANNOTATIONS.has(keyword)) return undefined;
      const pair = { before: own(before, keyword), after: own(after, keyword) };
      const way = { pointer: pointerTo(pointer, keyword), mayGrow: mayGrow && GROWING.has(keyword) };
      if (keyword === "properties") return this.#compareEach(pair, way, mayGrow ? growthOf(before) : undefined);
      return this.#compareKeyword(keyword, pair, way);
    });
  }

  #compareKeyword(keyword: string, pair: Pair, way: Way): Incompatibility | undefined {
    if (keyword === "$ref") return this.#compareReferences(pair, way);
    const kind = holderKind(keyword);
    if (kind === "one") return this.compare(pair, way);
    if (kind) return this.#compareEach(pair, way);
    if (SETS.has(keyword) && isSameSet(pair)) return undefined;
    return compareValues(pair, way.pointer);
  }

  /** Compares lists of schemas, or schemas by name. */
  #compareEach({ before, after }: Pair, way: Way, mayAdd?: (key: string) => boolean): Incompatibility | undefined {
    const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
    return firstOf(keys, (key) => {
      const pair = { before: own(before, key), after: own(after, key) };
      if (pair.before === undefined && mayAdd?.(key)) return undefined;
      return this.compare(pair, { ...way, pointer: pointerTo(way.pointer, key) });
    });
  }

  #compareReferences({ before, after }: Pair, way: Way): Incompatibility | undefined {
    if (typeof before !== "string" || typeof after !== "string") return compareValues({ before, after }, way.pointer);
    const met = JSON.stringify([before, after, way.mayGrow]);
    if (this.#met.has(met)) return undefined;
    this.#met.add(met);
    const target = {
      before: resolveReference(this.#roots.before, before),
      after: resolveReference(this.#roots.after, after),
    };
    return this.compare(target, { ...way, pointer: `/schema${after.slice(1)}` });
  }
}

/** Which fields an object may get; undefined: none, for it says of all fields what they may be. */
function growthOf(schema: SchemaObject): ((name: string) => boolean) | undefined {
  const { properties, required, additionalProperties: others, unevaluatedProperties, patternProperties } = schema;
  const isClosed = others === false || (others === undefined && unevaluatedProperties === false);
  const isSilent = properties !== undefined && others === undefined && unevaluatedProperties === undefined;
  if (patternProperties !== undefined || !(isClosed || isSilent)) return undefined;
  return (name) => !(Array.isArray(required) && required.includes(name));
}

function compareValues({ before, after }: Pair, pointer: string): Incompatibility | undefined {
  if (after === undefined) return before === undefined ? undefined : { pointer, reason: "is not there any more" };
  if (before === undefined) return { pointer, reason: "is new" };
  const [old, now] = [canonicalJson(before), canonicalJson(after)];
  return old === now ? undefined : { pointer, reason: `changed from ${shorten(old)} to ${shorten(now)}` };
}

/** Whether two lists hold the same; no list is an empty one, and a single value a list of it. */
function isSameSet({ before, after }: Pair): boolean {
  const listOf = (value: unknown) => [...new Set([value ?? []].flat().map(canonicalJson))].toSorted().join();
  return listOf(before) === listOf(after);
}

function firstOf(keys: Iterable<string>, compare: (key: string) => Incompatibility | undefined) {
  for (const key of keys) {
    const found = compare(key);
    if (found) return found;
  }
  return undefined;
}

function own(value: unknown, key: string): unknown {
  const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, key);
  return isHolder ? (value as Record<string, unknown>)[key] : undefined;
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
