import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findIncompatibility } from "../../../server/rules/schema/change.ts";
import { compileSchema } from "../../../server/rules/schema/json_schema.ts";
import type { SchemaObject } from "../../../server/rules/schema/parts.ts";

const text = { type: "string" };
const number = { type: "number" };
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const closed = (properties: object, more: object = {}) => object(properties, { additionalProperties: false, ...more });

/** `pointer reason`, or "compatible". */
function change(before: SchemaObject, after: SchemaObject): string {
  const found = findIncompatibility(before, after);
  return found ? `${found.pointer} ${found.reason}` : "compatible";
}

describe("these changes are compatible", () => {
  test.each<[string, SchemaObject, SchemaObject]>([
    ["none", object({ a: text }), object({ a: text })],
    ["another order", object({ a: text, b: number }), { properties: { b: number, a: text }, type: "object" }],
    [
      "texts",
      object({ a: { ...text, description: "old", title: "A", default: "x" } }),
      object({ a: { ...text, description: "new", examples: ["y"], deprecated: true } }, { $comment: "c", title: "t" }),
    ],
    ["a new field", object({ a: text }), object({ a: text, b: number })],
    ["a new field of a closed object", closed({ a: text }), closed({ a: text, b: number })],
    ["the first field of a closed object", closed({}), closed({ b: number })],
    [
      "a new field further in",
      object({ a: { items: closed({ b: text }) } }),
      object({ a: { items: closed({ b: text, c: text }) } }),
    ],
    [
      "a new field of an entry of a tuple",
      { prefixItems: [object({ a: text })] },
      { prefixItems: [object({ a: text, b: text })] },
    ],
    [
      "a new field of what may be null",
      { anyOf: [object({ a: text }), { type: "null" }] },
      { anyOf: [object({ a: text, b: text }), { type: "null" }] },
    ],
    [
      "a new field of a definition",
      { $ref: "#/$defs/a", $defs: { a: closed({ next: { $ref: "#/$defs/a" } }) } },
      { $ref: "#/$defs/b", $defs: { b: closed({ next: { $ref: "#/$defs/b" }, c: text }) } },
    ],
    ["a definition that nothing uses", { ...text, $defs: { a: text } }, { ...text, $defs: { b: number } }],
    ["required fields in another order", { required: ["a", "b"] }, { required: ["b", "a"] }],
    ["an empty list of required fields", object({ a: text }, { required: [] }), object({ a: text })],
    ["values in another order", { enum: [1, "1", { a: 1, b: 2 }] }, { enum: ["1", { b: 2, a: 1 }, 1] }],
    ["a type as a list of it", { type: ["string"] }, { type: "string" }],
    [
      "a field that is called like a text keyword",
      object({ title: text }),
      object({ title: text, description: number }),
    ],
  ])("%s", (_, before, after) => {
    expect(change(before, after)).toBe("compatible");
  });
});

describe("these changes are not compatible, and are told with their place", () => {
  test.each<[string, SchemaObject, SchemaObject, string]>([
    [
      "another type",
      object({ a: text }),
      object({ a: number }),
      '/schema/properties/a/type changed from "string" to "number"',
    ],
    ["one type more", text, { type: ["string", "null"] }, '/schema/type changed from "string" to ["string","null"]'],
    [
      "a field taken away",
      object({ a: text, b: text }),
      object({ a: text }),
      "/schema/properties/b is not there any more",
    ],
    [
      "a field that is called like a text keyword",
      object({ title: text }),
      object({ title: number }),
      "/schema/properties/title/type changed",
    ],
    ["required now", object({ a: text }), object({ a: text }, { required: ["a"] }), "/schema/required is new"],
    [
      "not required any more",
      object({ a: text }, { required: ["a"] }),
      object({ a: text }),
      "/schema/required is not there any more",
    ],
    [
      "a new field that is required",
      object({ a: text }),
      object({ a: text, b: text }, { required: ["b"] }),
      "/schema/required is new",
    ],
    [
      "a description of what was required",
      object({ a: text }, { required: ["b"] }),
      object({ a: text, b: text }, { required: ["b"] }),
      "/schema/properties/b is new",
    ],
    ["a new limit", text, { ...text, maxLength: 3 }, "/schema/maxLength is new"],
    ["a limit taken away", { ...text, maxLength: 3 }, text, "/schema/maxLength is not there any more"],
    [
      "another limit further in",
      object({ a: { items: { minimum: 1 } } }),
      object({ a: { items: { minimum: 0 } } }),
      "/schema/properties/a/items/minimum changed from 1 to 0",
    ],
    ["one value more", { enum: ["a"] }, { enum: ["a", "b"] }, '/schema/enum changed from ["a"] to ["a","b"]'],
    ["another constant", { const: 1 }, { const: 2 }, "/schema/const changed from 1 to 2"],
    ["closed now", object({ a: text }), closed({ a: text }), "/schema/additionalProperties is new"],
    ["open now", closed({ a: text }), object({ a: text }), "/schema/additionalProperties is not there any more"],
    [
      "a new field where others were described",
      object({}, { additionalProperties: text }),
      object({ a: text }, { additionalProperties: text }),
      "/schema/properties/a is new",
    ],
    [
      "a new field where a pattern described it",
      object({}, { patternProperties: { "^a": text } }),
      object({ a: number }, { patternProperties: { "^a": text } }),
      "/schema/properties/a is new",
    ],
    ["the first field of anything", {}, { properties: { a: text } }, "/schema/properties/a is new"],
    [
      "a new field in what must not be",
      { not: object({ a: text }) },
      { not: object({ a: text, b: text }) },
      "/schema/not/properties/b is new",
    ],
    [
      "a new field in one of several",
      { oneOf: [closed({ a: text })] },
      { oneOf: [closed({ a: text, b: text })] },
      "/schema/oneOf/0/properties/b is new",
    ],
    ["a longer tuple", { prefixItems: [text] }, { prefixItems: [text, text] }, "/schema/prefixItems/1 is new"],
    ["one branch more", { anyOf: [text] }, { anyOf: [text, number] }, "/schema/anyOf/1 is new"],
    ["entries of another kind", { items: text }, { items: false }, "/schema/items changed from"],
    ["an unknown keyword", { "x-a": 1 }, { "x-a": 2 }, "/schema/x-a changed from 1 to 2"],
    ["a name with a slash", object({ "a/b": text }), object({ "a/b": number }), "/schema/properties/a~1b/type changed"],
    [
      "a definition",
      { items: { $ref: "#/$defs/a" }, $defs: { a: text } },
      { items: { $ref: "#/$defs/a" }, $defs: { a: number } },
      "/schema/$defs/a/type changed",
    ],
    [
      "a new field of a definition that also says what must not be",
      { items: { $ref: "#/$defs/a" }, not: { $ref: "#/$defs/a" }, $defs: { a: closed({}) } },
      { items: { $ref: "#/$defs/a" }, not: { $ref: "#/$defs/a" }, $defs: { a: closed({ b: text }) } },
      "/schema/$defs/a/properties/b is new",
    ],
    [
      "a reference in place of what it meant",
      { items: text },
      { items: { $ref: "#/$defs/a" }, $defs: { a: text } },
      "/schema/items/",
    ],
  ])("%s", (_, before, after, expected) => {
    expect(change(before, after)).toContain(expected);
  });
});

/** Closed objects, lists and plain values, a few levels deep. */
const { schema: schemas } = fc.letrec<{ schema: SchemaObject; leaf: SchemaObject; fields: SchemaObject }>((tie) => ({
  leaf: fc.constantFrom<SchemaObject>(text, number, { type: "boolean" }, { enum: ["a", 1] }, { ...text, maxLength: 2 }),
  fields: fc
    .dictionary(fc.constantFrom("a", "b", "c"), fc.record({ schema: tie("schema"), isRequired: fc.boolean() }))
    .map((fields) => {
      const names = Object.keys(fields).filter((name) => fields[name]?.isRequired);
      const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
      return closed(properties, names.length > 0 ? { required: names } : {});
    }),
  schema: fc.oneof(
    { maxDepth: 3 },
    tie("leaf"),
    tie("fields"),
    tie("schema").map((items) => ({ type: "array", items })),
    tie("fields").map((fields) => ({ anyOf: [fields, { type: "null" }] })),
  ),
}));

/** The keywords of {@linkcode schemas}. */
interface Known {
  readonly type?: string;
  readonly items?: SchemaObject;
  readonly enum?: unknown[];
  readonly anyOf?: SchemaObject[];
  readonly properties?: Record<string, SchemaObject>;
  readonly required?: string[];
}

/** Everything of a small kind that a schema lets pass: with all fields, and with the required ones only. */
function samples(schema: SchemaObject): unknown[] {
  const { type = "", items = {}, enum: values, anyOf, properties = {}, required = [] } = schema as Known;
  const plain: Record<string, unknown[]> = { null: [null], string: ["", "xy"], number: [0], boolean: [true] };
  if (values) return values;
  if (anyOf) return anyOf.flatMap(samples);
  if (type === "array") return [[], samples(items), ...samples(items).map((one) => [one])];
  if (type !== "object") return plain[type] ?? [];
  return [Object.keys(properties), required].flatMap((names) =>
    [0, -1].map((at) => Object.fromEntries(names.map((name) => [name, samples(properties[name] ?? {}).at(at)]))),
  );
}

/** The same with texts, and with new fields that are not required. */
function grow(schema: SchemaObject): SchemaObject {
  const { properties, items, anyOf } = schema as Known;
  const each = (all: object) => Object.fromEntries(Object.entries(all).map(([name, inner]) => [name, grow(inner)]));
  return {
    ...schema,
    description: "grown",
    ...(properties && { properties: { ...each(properties), added: text, title: number } }),
    ...(items && { items: grow(items) }),
    ...(anyOf && { anyOf: anyOf.map(grow) }),
  };
}

test("what a schema let pass, every schema that is compatible with it lets pass", () => {
  let compatible = 0;
  fc.assert(
    fc.property(schemas, schemas, (before, after) => {
      for (const next of [after, grow(before)]) {
        if (findIncompatibility(before, next)) continue;
        compatible += 1;
        const check = compileSchema(next);
        for (const data of samples(before)) expect(check(data)).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
  expect(compatible).toBeGreaterThanOrEqual(60);
});

test("texts and new fields that are not required are always compatible; taking them back is not", () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      expect(findIncompatibility(schema, grow(schema))).toBeUndefined();
      const isObject = JSON.stringify(grow(schema)).includes('"added"');
      expect(findIncompatibility(grow(schema), schema) !== undefined).toBe(isObject);
    }),
  );
});
