import { expect, test } from "vitest";
import { exampleOf, listSchemaFields } from "../../../web/app/state/schema_fields.ts";
import { checkType, toFields } from "../../../web/app/state/types.ts";

const SCHEMA = {
  type: "object",
  required: ["code", "items"],
  properties: {
    code: { type: "string", description: "What the customer sees" },
    state: { enum: ["new", "paid"] },
    total: { type: ["number", "null"] },
    at: { type: "string", format: "date-time" },
    items: { type: "array", items: { type: "object", required: ["sku"], properties: { sku: { const: "a" } } } },
  },
};

test("listSchemaFields() lists the fields of data, those within others after them", () => {
  expect(listSchemaFields(SCHEMA)).toEqual([
    { path: "code", kind: "string", isRequired: true, about: "What the customer sees" },
    { path: "state", kind: '"new", "paid"', isRequired: false, about: "" },
    { path: "total", kind: "number or null", isRequired: false, about: "" },
    { path: "at", kind: "string, date-time", isRequired: false, about: "" },
    { path: "items", kind: "array", isRequired: true, about: "" },
    { path: "items[].sku", kind: '"a"', isRequired: true, about: "" },
  ]);
  expect([null, true, [], "{}"].flatMap(listSchemaFields)).toEqual([]);
});

test("exampleOf() begins with every required field, and ends for schemas without end", () => {
  expect(exampleOf(SCHEMA)).toEqual({ code: "", items: [] });
  const endless: Record<string, unknown> = { required: ["next"] };
  endless["properties"] = { next: endless };
  expect(JSON.stringify(exampleOf(endless))).toContain("next");
  expect(listSchemaFields(endless)).toHaveLength(4);
});

test("checkType() wants a name, and a schema that is JSON", () => {
  const fields = { ...toFields(), name: "order.created" };
  expect(checkType(fields)).toEqual({});
  expect(Object.keys(checkType({ ...fields, name: " ", schema: "{" }))).toEqual(["name", "schema"]);
});
