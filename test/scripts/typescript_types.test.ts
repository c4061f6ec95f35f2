import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { writeEventsFile } from "../../scripts/commands/events_file.ts";
import { writeSchema } from "../../scripts/commands/typescript_types.ts";
import type { SchemaObject } from "../../server/rules/schema/parts.ts";
import { makeTempFolder } from "../_temp.ts";

const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const names = { self: 'Events["t"]', alias: (reference: string) => reference.split("/").at(-1) ?? "" };
const write = (schema: SchemaObject) => writeSchema(schema, names).type.replaceAll(/\s+/g, " ");

const text = { type: "string" };
const CASES: [string, SchemaObject, string][] = [
  ["anything", {}, "unknown"],
  ["a text", text, "string"],
  ["a whole number", { type: "integer", minimum: 1 }, "number"],
  ["several types", { type: ["string", "null"] }, "string | null"],
  ["types that become one", { type: ["integer", "number"] }, "number"],
  ["an unknown keyword", { "x-a": 1 }, "unknown"],
  ["only a condition", { if: text, not: { const: 1 } }, "unknown"],
  ["an object", { type: "object" }, "{ [name: string]: unknown; }"],
  ["required and optional", { properties: { a: text, b: text }, required: ["a"] }, "{ a: string; b?: string; }"],
  ["required and not described", { type: "object", required: ["a"] }, "{ a: unknown; }"],
  ["a closed object", { type: "object", properties: { a: text }, additionalProperties: false }, "{ a?: string; }"],
  ["an empty object", { type: "object", additionalProperties: false }, "{ [name: string]: never; }"],
  ["an open object", { properties: { a: text }, additionalProperties: {} }, "{ a?: string; [name: string]: unknown; }"],
  ["a record", { type: "object", additionalProperties: text }, "{ [name: string]: string; }"],
  [
    "fields by pattern",
    { patternProperties: { "^x": text }, additionalProperties: { type: "number" } },
    "{ [name: string]: string | number; }",
  ],
  ["a list", { type: "array", items: text }, "string[]"],
  ["a list of lists", { type: "array", items: { type: "array", items: text } }, "string[][]"],
  ["a list of anything", { type: "array" }, "unknown[]"],
  ["a list of several", { items: { type: ["string", "number"] } }, "Array<string | number>"],
  ["a list of objects", { items: { properties: { a: text } } }, "Array<{ a?: string; }>"],
  ["a tuple", { prefixItems: [text, { type: "number" }], items: false, minItems: 2 }, "[string, number]"],
  ["a tuple with a rest", { prefixItems: [text], items: { type: "number" }, minItems: 1 }, "[string, ...number[]]"],
  ["a tuple of which nothing must be", { prefixItems: [text, { const: 1 }] }, "[string?, 1?, ...unknown[]]"],
  ["a tuple that is no longer", { prefixItems: [text], minItems: 1, maxItems: 1 }, "[string]"],
  ["a constant", { const: 'a"b' }, '"a\\"b"'],
  ["values", { enum: ["a", 1, -1.5, true, null, ["x"], { y: 1 }] }, '"a" | 1 | -1.5 | true | null | ["x"] | { y: 1 }'],
  ["no value", { enum: [] }, "never"],
  ["a union", { anyOf: [text, { type: "null" }] }, "string | null"],
  ["one of several", { oneOf: [{ const: 1 }, { const: 2 }, { const: 1 }] }, "1 | 2"],
  ["a union with anything", { anyOf: [text, {}] }, "unknown"],
  [
    "all of several",
    { allOf: [{ properties: { a: text } }, { properties: { b: text } }] },
    "{ a?: string; } & { b?: string; }",
  ],
  [
    "an object that is one of several",
    { properties: { a: text }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    "{ a?: string; } & ({ a: unknown; } | { b: unknown; })",
  ],
  ["a reference with a text", { $ref: "#/$defs/A", description: "d", $defs: { A: text } }, "A"],
  ["a reference to itself", { properties: { next: { $ref: "#" } } }, '{ next?: Events["t"]; }'],
  [
    "names that need quotes",
    { properties: { "a b": text, "1": text, $ok: text, größe: text, 'q"': text } },
    '{ "1"?: string; "a b"?: string; $ok?: string; größe?: string; "q\\""?: string; }',
  ],
];

test.each(CASES)("writeSchema() writes %s", (_, schema, expected) => {
  expect(write(schema)).toBe(expected);
});

test("writeSchema() gives what is referred to a name, once, with what that refers to", () => {
  const schema = {
    properties: { a: { $ref: "#/$defs/A" }, also: { $ref: "#/$defs/A" } },
    $defs: { A: { properties: { b: { $ref: "#/$defs/B" }, a: { $ref: "#/$defs/A" } } }, B: text, Unused: text },
  };
  const { type, aliases } = writeSchema(schema, names);
  expect(type).toBe("{\n  a?: A;\n  also?: A;\n}");
  expect([...aliases]).toEqual([
    ["A", "{\n  b?: B;\n  a?: A;\n}"],
    ["B", "string"],
  ]);
});

const ORDER = {
  type: "object",
  description: "not shown",
  properties: {
    code: { ...text, description: "What the customer sees.\nSecond line */ export const evil = 1; /*" },
    lines: { type: "array", items: { $ref: "#/$defs/Line" } },
    old: { ...text, title: "Old", deprecated: true },
    parent: { $ref: "#" },
  },
  required: ["code", "lines"],
  $defs: { Line: { type: "object", properties: { price: { type: "number" } }, required: ["price"] } },
};

describe("writeEventsFile()", () => {
  const types = [
    { name: "order.created", version: 2, description: "A basket became an order */", schema: ORDER },
    { name: "order_created", version: 1, description: "", schema: ORDER },
    { name: "1.free", version: 1, description: "", schema: null },
  ];

  test("writes an interface with the data of each type, its texts as comments", () => {
    const line = "{\n  price: number;\n};\n";
    const order = (self: string, alias: string) =>
      [
        "{",
        "    /**",
        "     * What the customer sees.",
        "     * Second line *\\/ export const evil = 1; /*",
        "     */",
        "    code: string;",
        `    lines: ${alias}[];`,
        "    /**",
        "     * Old",
        "     * @deprecated",
        "     */",
        "    old?: string;",
        `    parent?: Events["${self}"];`,
        "  };",
      ].join("\n");
    expect(writeEventsFile(types)).toBe(
      [
        '// The types of a hub, as "belfry types pull" wrote them: for createHub<Events>().',
        "",
        "/** What `data` each type has. */",
        "export interface Events {",
        "  /**",
        "   * A basket became an order *\\/",
        "   * Version 2.",
        "   */",
        `  "order.created": ${order("order.created", "OrderCreatedLine")}`,
        "  /** Version 1. */",
        `  order_created: ${order("order_created", "OrderCreatedLine2")}`,
        "  /** Version 1. */",
        '  "1.free": unknown;',
        "}",
        "",
        `type OrderCreatedLine = ${line}`,
        `type OrderCreatedLine2 = ${line}`,
      ].join("\n"),
    );
  });

  test("writes what TypeScript understands, whatever the schema", { timeout: 120_000 }, async () => {
    using folder = makeTempFolder();
    const all = CASES.map(([description, schema], n) => ({ name: `case-${n}`, version: 1, description, schema }));
    const odd = [
      {
        name: "array",
        version: 1,
        description: "\u2028",
        schema: { items: { $ref: "#/$defs/!" }, $defs: { "!": text } },
      },
      { name: "string", version: 1, description: "/* */ // */", schema: { const: "\u2028\n\\" } },
    ];
    const file = `${folder.path}/events.ts`;
    const use = 'export const order: Events["order.created"] = { code: "A", lines: [{ price: 1 }] };\n';
    const misuse = '// @ts-expect-error\nexport const wrong: Events["order.created"] = { code: 1, lines: [] };\n';
    writeFileSync(file, writeEventsFile([...types, ...all, ...odd]) + use + misuse);
    const args = [TSC, "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--ignoreConfig", file];
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
  });
});
