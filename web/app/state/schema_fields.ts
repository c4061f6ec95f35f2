/** A field of a type's data, as its JSON Schema describes it. */
export interface SchemaField {
  /** Its way from the top: `code`, `items[].sku`. */
  readonly path: string;
  /** Such as `string`, `number or null`, `"new", "paid"`. */
  readonly kind: string;
  readonly isRequired: boolean;
  readonly about: string;
}

/** Deepest field that is listed; a schema may nest, or refer to itself, without end. */
const DEEPEST = 4;

type Schema = Readonly<Record<string, unknown>>;

/** Lists the fields of a schema in its order, those within others after them; empty: it describes none. */
export function listSchemaFields(schema: unknown): SchemaField[] {
  return isSchema(schema) ? fieldsOf(schema, "", 1) : [];
}

/** Data to begin with: every required field, with a value of its kind. */
export function exampleOf(schema: unknown): unknown {
  return isSchema(schema) ? exampleAt(schema, 1) : {};
}

function fieldsOf(schema: Schema, parent: string, depth: number): SchemaField[] {
  if (depth > DEEPEST) return [];
  const required = listOf(schema["required"]);
  return Object.entries(propertiesOf(schema)).flatMap(([name, field]) => {
    const path = parent ? `${parent}.${name}` : name;
    const items = isSchema(field["items"]) ? field["items"] : undefined;
    const about = typeof field["description"] === "string" ? field["description"] : "";
    return [
      { path, kind: kindOf(field), isRequired: required.includes(name), about },
      ...fieldsOf(field, path, depth + 1),
      ...(items ? fieldsOf(items, `${path}[]`, depth + 1) : []),
    ];
  });
}

function exampleAt(schema: Schema, depth: number): unknown {
  const given = schema["const"] ?? schema["default"] ?? listOf(schema["examples"])[0] ?? listOf(schema["enum"])[0];
  if (given !== undefined) return given;
  switch (listOf(schema["type"])[0] ?? schema["type"]) {
    case "string":
      return "";
    case "number":
    case "integer":
      return schema["minimum"] ?? 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "null":
      return null;
    default:
      return depth > DEEPEST ? {} : objectAt(schema, depth);
  }
}

function objectAt(schema: Schema, depth: number): Record<string, unknown> {
  const required = listOf(schema["required"]);
  const fields = Object.entries(propertiesOf(schema)).filter(([name]) => required.includes(name));
  return Object.fromEntries(fields.map(([name, field]) => [name, exampleAt(field, depth + 1)]));
}

function kindOf(schema: Schema): string {
  const choices = listOf(schema["enum"]);
  if (choices.length > 0) return choices.map((choice) => JSON.stringify(choice)).join(", ");
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  const type = schema["type"];
  const names = Array.isArray(type) ? type.join(" or ") : typeof type === "string" ? type : "anything";
  return typeof schema["format"] === "string" ? `${names}, ${schema["format"]}` : names;
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Schema] => isSchema(entry[1])),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
