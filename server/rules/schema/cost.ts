import { resolveReference } from "./json_pointer.ts";
import { IN_PLACE, isSchema, isSchemaObject, type JsonSchema, partsOf, type SchemaObject } from "./parts.ts";

/** What makes checking `data` slow. */
export interface SchemaCost {
  /** The work may grow with each level of nesting by a factor: all faults would be more than anybody waits for. */
  readonly multiplies: boolean;
  /** Expressions may backtrack. */
  readonly hasPatterns: boolean;
}

/** Most schemas that judge `data` in one go at no noticeable cost. */
const CHEAP = 2_000;
/** Keywords that hold the definitions which references lead to; by themselves they judge nothing. */
const DEFINITIONS: readonly string[] = ["$defs", "definitions"];

/**
 * What checking against a schema may cost. Its work multiplies where schemas lead to more and more others, or where
 * several that judge the same value lead back to themselves.
 */
export function costOf(root: SchemaObject): SchemaCost {
  const weights = new Map<SchemaObject, number>();
  let hasPatterns = false;
  let hasCircle = false;
  let hasUnion = false;
  const weigh = (schema: JsonSchema): number => {
    if (!isSchemaObject(schema)) return 1;
    const known = weights.get(schema);
    // Zero: it is being weighed, so here it leads back to itself.
    if (known === 0) hasCircle = true;
    if (known !== undefined) return known;
    weights.set(schema, 0);
    hasPatterns ||= "pattern" in schema || "patternProperties" in schema;
    const target = typeof schema["$ref"] === "string" ? resolveReference(root, schema["$ref"]) : undefined;
    const parts = partsOf(schema, "").filter(({ keyword }) => !DEFINITIONS.includes(keyword));
    hasUnion ||= parts.filter(({ keyword }) => IN_PLACE.includes(keyword)).length > 1;
    const led = [...parts.map((part) => part.schema), ...(isSchema(target) ? [target] : [])];
    const weight = led.reduce<number>((sum, next) => sum + weigh(next), 1);
    weights.set(schema, weight);
    return weight;
  };
  const weight = weigh(root);
  return { multiplies: weight > CHEAP || (hasCircle && hasUnion), hasPatterns };
}
