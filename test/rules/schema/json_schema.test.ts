import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Fault } from "../../../server/rules/explain.ts";
import { compileSchema, SchemaJudge } from "../../../server/rules/schema/json_schema.ts";

const judge = new SchemaJudge();
const told = (faults: readonly Fault[]) => faults.map(({ path, message }) => `${path} ${message}`);

const ORDER = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    code: { type: "string", pattern: "^[A-Z]+$" },
    items: {
      type: "array",
      items: { type: "object", properties: { price: { type: "number", minimum: 0 } }, required: ["price"] },
    },
    mail: { type: "string", format: "email" },
    state: { enum: ["open", "paid"] },
    pair: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
    parent: { $ref: "#" },
  },
  required: ["code"],
  additionalProperties: false,
};

describe("SchemaJudge.faultsOf()", () => {
  test.each<[string, unknown]>([
    ["an order", ORDER],
    ["an empty one", {}],
    ["an older keyword `id`, which means nothing", { id: "x", type: "object" }],
    ["an unknown keyword and an unknown format", { "x-note": 1, type: "string", format: "colour" }],
    ["what zod makes", z.toJSONSchema(z.object({ a: z.iso.datetime(), b: z.record(z.string(), z.int()).optional() }))],
    ["a tree", { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } }],
    ["a property that is called like a keyword", { properties: { $ref: { type: "string" }, $id: {}, enum: {} } }],
    ["a reference through escapes", { $defs: { "a/b": {} }, properties: { x: { $ref: "#/$defs/a~1b" } } }],
  ])("takes %s", (_, schema) => {
    expect(judge.faultsOf(schema)).toEqual([]);
    expect(() => compileSchema(schema as object as Record<string, unknown>)).not.toThrow();
  });

  const deep = (levels: number) => {
    let schema: object = {};
    for (let level = 0; level < levels; level += 1) schema = { items: schema };
    return schema;
  };
  test.each<[string, unknown, string, string]>([
    ["null", null, "/schema", "is no JSON Schema: must be an object"],
    ["true", true, "/schema", "must be an object"],
    ["a list", [], "/schema", "must be an object"],
    ["a wrong type", { type: "objekt" }, "/schema/type", 'is no JSON Schema: must be one of "array","boolean"'],
    ["a wrong type further in", { properties: { a: { minimum: "0" } } }, "/schema/properties/a/minimum", "number"],
    ["properties that are a list", { properties: [] }, "/schema/properties", "object"],
    ["a pattern that is none", { properties: { a: { pattern: "(" } } }, "/schema/properties/a/pattern", "regular"],
    ["a pattern of names that is none", { patternProperties: { "[": {} } }, "/schema/patternProperties/[", "regular"],
    ["another dialect", { $schema: "http://json-schema.org/draft-07/schema#" }, "/schema/$schema", "2020-12"],
    ["a remote $ref", { items: { $ref: "https://e.com/s" } }, "/schema/items/$ref", "points out of the schema"],
    ["a $ref to the dialect", { $ref: "https://json-schema.org/draft/2020-12/schema" }, "/schema/$ref", "points out"],
    ["a $ref to a file", { $ref: "file:///etc/passwd" }, "/schema/$ref", "points out of the schema"],
    ["a $ref to nothing", { $ref: "#/$defs/a" }, "/schema/$ref", "points to no schema"],
    ["a $ref to no schema", { default: { x: 1 }, items: { $ref: "#/default" } }, "/schema/items/$ref", "no schema"],
    ["a $ref to what all have", { $ref: "#/constructor" }, "/schema/$ref", "points to no schema"],
    ["an $id", { $id: "https://json-schema.org/draft/2020-12/schema" }, "/schema/$id", "cannot be used"],
    ["an $anchor", { items: { $anchor: "a" } }, "/schema/items/$anchor", "cannot be used"],
    ["a $ref to itself", { $ref: "#" }, "/schema", "itself without end"],
    ["a ring", { $defs: { a: { allOf: [{ $ref: "#/$defs/a" }] } } }, "/schema/$defs/a", "itself without end"],
    [
      "a field __proto__",
      JSON.parse('{"properties":{"__proto__":{}}}'),
      "/schema/properties/__proto__",
      "field's name",
    ],
    ["too many bytes", { description: "x".repeat(65_536) }, "/schema", "at most 65536 bytes as JSON, has 65554"],
    ["too many levels", deep(70), "/schema", "at most 64 levels deep"],
  ])("refuses %s, and says where", (_, schema, path, words) => {
    const faults = judge.faultsOf(schema);
    expect(faults[0]?.path).toBe(path);
    expect(faults[0]?.message).toContain(words);
  });

  test("names a bounded number of faults", () => {
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`p${n}`, { type: "objekt" }]));
    const faults = judge.faultsOf({ properties });
    expect(faults.length).toBeGreaterThan(1);
    expect(faults.length).toBeLessThanOrEqual(20);
  });
});

describe("compileSchema()", () => {
  const check = compileSchema(ORDER);

  test.each<[unknown]>([
    [{ code: "A" }],
    [{ code: "A", items: [{ price: 1 }], mail: "a@example.com", state: "paid", pair: ["x", 1] }],
    [{ code: "A", parent: { code: "B", parent: { code: "C" } } }],
  ])("lets %j pass", (data) => {
    expect(check(data)).toEqual([]);
  });

  test.each<[unknown, string[]]>([
    [undefined, ["/data is required"]],
    [null, ["/data must be object (got null)"]],
    ["x", ['/data must be object (got "x")']],
    [{}, ["/data/code is required"]],
    [{ code: 7 }, ["/data/code must be string (got 7)"]],
    [{ code: "a" }, ['/data/code must match pattern "^[A-Z]+$" (got "a")']],
    [{ code: "A", colour: 1 }, ["/data/colour is no field of it"]],
    [{ code: "A", "a/b~": 1 }, ["/data/a~1b~0 is no field of it"]],
    [
      { code: "A", items: [{ price: "3" }, {}, { price: -1 }] },
      [
        '/data/items/0/price must be number (got "3")',
        "/data/items/1/price is required",
        "/data/items/2/price must be >= 0 (got -1)",
      ],
    ],
    [{ code: "A", mail: "nobody" }, ['/data/mail must match format "email" (got "nobody")']],
    [{ code: "A", state: "lost" }, ['/data/state must be one of "open","paid" (got "lost")']],
    [{ code: "A", parent: { code: 1 } }, ["/data/parent/code must be string (got 1)"]],
  ])("says of %j what is wrong and where", (data, expected) => {
    expect(told(check(data))).toEqual(expected);
  });

  test("takes data that is absent where a schema asks for nothing", () => {
    expect(compileSchema({ properties: { a: { type: "string" } } })(undefined)).toEqual([]);
    expect(told(compileSchema({ type: "string" })(undefined))).toEqual(["/data is required"]);
  });

  test("takes only own properties for fields", () => {
    expect(told(compileSchema({ required: ["constructor", "toString"] })({}))).toEqual([
      "/data/constructor is required",
      "/data/toString is required",
    ]);
    const polluted: unknown = JSON.parse('{"code":"A","__proto__":{"items":7}}');
    expect(told(check(polluted))).toEqual(["/data/__proto__ is no field of it"]);
  });

  test("shows no value of a field that is called a secret", () => {
    const secret = compileSchema({ properties: { password: { type: "number" } } });
    expect(told(secret({ password: "hunter2" }))).toEqual(["/data/password must be number"]);
  });

  test("names at most 20 faults, and no more of a name than 300 characters", () => {
    const many = compileSchema({ type: "array", items: { type: "number" } });
    expect(many(Array(30_000).fill("x"))).toHaveLength(20);
    const [fault] = compileSchema({ additionalProperties: false })({ ["k".repeat(60_000)]: 1 });
    expect(fault?.path).toHaveLength(301);
  });

  test("finds an entry that stands twice, whatever it is, without comparing each with each", () => {
    const unique = compileSchema({ uniqueItems: true });
    const many = Array.from({ length: 12_000 }, (_, n) => n);
    expect(unique(many)).toEqual([]);
    expect(told(unique([...many, 11_999]))).toEqual(["/data must not hold an entry twice"]);
    expect(
      told(
        unique([
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ]),
      ),
    ).toEqual(["/data must not hold an entry twice"]);
    expect(unique([1, "1", [1], { 1: 1 }, null, "null"])).toEqual([]);
    expect(unique("not a list")).toEqual([]);
  });

  test("holds no format against a text by an expression that backtracks", () => {
    const url = compileSchema({ format: "url" });
    expect(url("https://example.com/a?b=c#d")).toEqual([]);
    // Minutes, where it does.
    for (const sign of [":", "::", "[::", "1:"]) {
      for (const end of ["", "!", "@", "\n", "\u0000"]) url(`http://${sign.repeat(40_000)}${end}`);
    }
    expect(told(url("example"))).toEqual(['/data must match format "url" (got "example")']);
  });

  test("changes no data: no default, no other type, nothing taken away", () => {
    const schema = { properties: { n: { type: "number" }, d: { default: 1 } }, additionalProperties: false };
    const data = { n: "1", x: 2 };
    compileSchema(schema)(data);
    expect(data).toEqual({ n: "1", x: 2 });
  });
});
