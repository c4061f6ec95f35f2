import { describe, expect, test } from "vitest";
import { findTypeFaults, typeInput } from "../../server/rules/event_type.ts";
import { SchemaJudge } from "../../server/rules/schema/json_schema.ts";
import { decideVersion } from "../../server/rules/type_version.ts";

const judge = new SchemaJudge();
const faultsOf = (input: object) =>
  findTypeFaults(typeInput.parse({ name: "order.created", ...input }), judge).map(
    ({ path, message }) => `${path} ${message}`,
  );

const SCHEMA = {
  type: "object",
  properties: {
    code: { type: "string" },
    items: { type: "array", items: { $ref: "#/$defs/item" } },
    pair: { type: "array", prefixItems: [{ type: "object", properties: { left: {} } }], items: false },
    prices: { type: "object", additionalProperties: { type: "object", properties: { net: { type: "number" } } } },
    open: { type: "object" },
    anything: {},
    address: { anyOf: [{ type: "object", properties: { city: {} } }, { type: "null" }] },
    either: { oneOf: [{ properties: { a: {} } }, { properties: { b: {} } }] },
    both: { allOf: [{ properties: { a: {} } }, { properties: { b: {} } }] },
    tagged: { type: "object", patternProperties: { "^x-": { type: "object", properties: { on: {} } } } },
    tree: { $ref: "#" },
    constructor: { type: "string" },
    maybe: { type: ["object", "null"], properties: { a: {} } },
    list: { type: "array" },
  },
  $defs: { item: { type: "object", properties: { name: { type: "string" } } } },
};

describe("a template of a type with a schema", () => {
  test.each([
    ...["", ".code", ".items", ".items.0", ".items.12.name", ".pair.0.left", ".prices.eu", ".prices.eu.net"],
    ...[".open.what.ever", ".anything.at.0.all", ".address.city", ".either.a", ".either.b", ".both.a", ".both.b"],
    ...[".tagged.x-1.on", ".tree.tree.items.0.name", ".constructor", ".maybe.a", ".list.3.x"],
  ])("may name {{data%s}}", (path) => {
    expect(faultsOf({ schema: SCHEMA, title: `a {{data${path}}}` })).toEqual([]);
  });

  test.each([
    ...["cod", "code.length", "items.name", "items.x", "items.0.nam", "items.length", "pair.1", "prices.eu.gross"],
    ...["address.street", "either.c", "both.c", "tagged.y", "toString", "__proto__", "hasOwnProperty", "maybe.b"],
  ])("may not name {{data.%s}}", (path) => {
    expect(faultsOf({ schema: SCHEMA, message: `a {{data.${path}}} b` })).toEqual([
      `message names {{data.${path}}}, which the schema does not have`,
    ]);
  });

  test("is not looked at when the schema is none", () => {
    expect(faultsOf({ schema: { type: "objekt" }, title: "{{data.cod}}" })).toEqual([
      expect.stringContaining("/schema/type is no JSON Schema"),
    ]);
  });

  test("is told with all that is wrong", () => {
    const faults = faultsOf({ schema: SCHEMA, title: "{{data.x}} {{data.y}}", message: "{{foo}}" });
    expect(faults).toEqual([
      "title names {{data.x}}, which the schema does not have",
      "title names {{data.y}}, which the schema does not have",
      expect.stringContaining("message names {{foo}}, which is no field; there are channel"),
    ]);
  });
});

test("a template of a type without a schema may name any data, and nothing that is not there", () => {
  expect(faultsOf({ title: "{{data.any.thing}} {{channel}}" })).toEqual([]);
  expect(faultsOf({ title: "{{any.thing}}" })).toEqual([expect.stringContaining("title names {{any.thing}}")]);
  expect(faultsOf({ message: "{{data.x" })).toEqual(["message has {{ without }}"]);
});

test.each([
  [{ name: "notification" }, "name"],
  [{ name: "a b" }, "name"],
  [{ version: 0 }, "version"],
  [{ version: 1.5 }, "version"],
  [{ severity: "fatal" }, "severity"],
  [{ channel: "../x" }, "channel"],
  [{ title: "" }, "title"],
  [{ title: "x".repeat(501) }, "title"],
  [{ message: "x".repeat(16_385) }, "message"],
  [{ description: "x".repeat(501) }, "description"],
  [{ format: "html" }, "format"],
])("typeInput refuses %j by its field", (input, field) => {
  const parsed = typeInput.safeParse({ name: "order.created", ...input });
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([field]);
});

describe("decideVersion()", () => {
  const text = { type: "string" };
  const number = { type: "number" };
  const known = [
    { version: 1, schema: text },
    { version: 2, schema: null },
    { version: 3, schema: number },
  ];
  test.each([
    ["the first", [], { schema: text }, { version: 1 }],
    ["the first, by its number", [], { version: 1, schema: text }, { version: 1 }],
    [
      "the second as the first",
      [],
      { version: 2, schema: text },
      { conflict: "version 2 is neither there nor the next one; the first is 1" },
    ],
    ["the newest, when none is named", known, { schema: { ...number, title: "n" } }, { version: 3 }],
    ["an old one", known, { version: 1, schema: { ...text, description: "t" } }, { version: 1 }],
    ["the next one", known, { version: 4, schema: text }, { version: 4 }],
    [
      "the one after the next",
      known,
      { version: 5, schema: text },
      { conflict: "version 5 is neither there nor the next one; the newest is 3, the next is 4" },
    ],
    [
      "another schema for the newest",
      known,
      { schema: text },
      {
        conflict:
          'in version 3 /schema/type changed from "number" to "string", which is not compatible; register it as version 4',
      },
    ],
    [
      "another schema for an old one",
      known,
      { version: 1, schema: number },
      {
        conflict:
          'in version 1 /schema/type changed from "string" to "number", which is not compatible; register it as version 4',
      },
    ],
    [
      "a schema where there was none",
      known,
      { version: 2, schema: text },
      { conflict: "in version 2 /schema is new, which is not compatible; register it as version 4" },
    ],
    [
      "no schema where there was one",
      known,
      { schema: null },
      { conflict: "in version 3 /schema is not there any more, which is not compatible; register it as version 4" },
    ],
    ["no schema where there was none", known, { version: 2, schema: null }, { version: 2 }],
  ])("%s", (_, there, wanted, expected) => {
    expect(decideVersion(there, wanted)).toEqual(expected);
  });
});
