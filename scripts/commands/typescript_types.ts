import { resolveReference } from "../../server/rules/schema/json_pointer.ts";
import { isSchema, isSchemaObject, type JsonSchema, type SchemaObject } from "../../server/rules/schema/parts.ts";

/** The TypeScript types of a schema. */
export interface WrittenSchema {
  /** Of what fits the schema. */
  readonly type: string;
  /** What it refers to, by name. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** What a schema's types are called. */
export interface TypeNames {
  /** Of the schema itself, for references to `#`. */
  readonly self: string;
  /** Makes a name that is not taken. */
  readonly alias: (reference: string) => string;
}

const INDENT = "  ";

/** Writes a JSON Schema as TypeScript. What TypeScript cannot say is left out, so that a type is too wide, not wrong. */
export function writeSchema(schema: SchemaObject, names: TypeNames): WrittenSchema {
  const writer = new SchemaWriter(schema, names);
  return { type: writer.write(schema), aliases: writer.writeAliases() };
}

/** A doc comment with its indent and line break; empty: there is nothing to say. */
export function writeComment(schema: unknown, indent: string): string {
  if (!isSchemaObject(schema)) return "";
  const { title, description, deprecated } = schema;
  const texts = [description ?? title, deprecated === true && "@deprecated"].filter((text) => typeof text === "string");
  const lines = texts
    .flatMap((text) => text.replaceAll("*/", "*\\/").split(/\r\n|[\n\r\u2028\u2029]/))
    .filter((line) => line.trim());
  if (lines.length <= 1) return lines.map((line) => `${indent}/** ${line.trim()} */\n`).join("");
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line.trim()}\n`).join("")}${indent} */\n`;
}

/** A property's name, in quotes where it needs some. */
export function writeName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}

class SchemaWriter {
  readonly #root: SchemaObject;
  readonly #names: TypeNames;
  readonly #aliases = new Map<string, string>();

  constructor(root: SchemaObject, names: TypeNames) {
    this.#root = root;
    this.#names = names;
  }

  /** The types that were referred to, and those that they refer to. */
  writeAliases(): Map<string, string> {
    const written = new Map<string, string>();
    // A map is walked to its end, with what is added on the way.
    for (const [reference, name] of this.#aliases) {
      const target = resolveReference(this.#root, reference);
      written.set(name, isSchema(target) ? this.write(target) : "unknown");
    }
    return written;
  }

  write(schema: JsonSchema, indent = ""): string {
    if (!isSchemaObject(schema)) return schema ? "unknown" : "never";
    const { $ref, anyOf, oneOf, allOf } = schema;
    const each = (branches: unknown) => listOf(branches).map((branch) => this.write(branch, indent));
    return intersection([
      ...(typeof $ref === "string" ? [this.#refer($ref)] : []),
      this.#writeOwn(schema, indent),
      ...(anyOf ? [union(each(anyOf))] : []),
      ...(oneOf ? [union(each(oneOf))] : []),
      ...each(allOf),
    ]);
  }

  #refer(reference: string): string {
    if (reference === "#") return this.#names.self;
    const known = this.#aliases.get(reference);
    if (known) return known;
    const name = this.#names.alias(reference);
    this.#aliases.set(reference, name);
    return name;
  }

  /** What a schema says by itself. */
  #writeOwn(schema: SchemaObject, indent: string): string {
    if ("const" in schema) return literal(schema["const"]);
    if (Array.isArray(schema["enum"])) return union(schema["enum"].map(literal));
    const types = [schema["type"] ?? guessType(schema)].flat();
    return union(types.map((type) => this.#writeTyped(type, schema, indent)));
  }

  #writeTyped(type: unknown, schema: SchemaObject, indent: string): string {
    if (type === "string" || type === "number" || type === "boolean" || type === "null") return type;
    if (type === "integer") return "number";
    if (type === "array") return this.#writeList(schema, indent);
    return type === "object" ? this.#writeObject(schema, indent) : "unknown";
  }

  #writeList(schema: SchemaObject, indent: string): string {
    const { prefixItems, items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
    const rest = isSchema(items) ? this.write(items, indent) : "unknown";
    if (!Array.isArray(prefixItems)) return arrayOf(rest);
    const entries = listOf(prefixItems).map((entry, index) => {
      const type = this.write(entry, indent);
      if (index < Number(minItems)) return type;
      return /^\w+$/.test(type) ? `${type}?` : `(${type})?`;
    });
    const isLonger = rest !== "never" && Number(maxItems) > entries.length;
    return `[${[...entries, ...(isLonger ? [`...${arrayOf(rest)}`] : [])].join(", ")}]`;
  }

  #writeObject(schema: SchemaObject, indent: string): string {
    const inner = indent + INDENT;
    const properties = isSchemaObject(schema["properties"]) ? schema["properties"] : {};
    const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
    const names = new Set([...Object.keys(properties), ...required]);
    const fields = [...names].map((name) => {
      const field = Object.hasOwn(properties, name) ? properties[name] : true;
      const type = isSchema(field) ? this.write(field, inner) : "unknown";
      return `${writeComment(field, inner)}${inner}${writeName(name)}${required.includes(name) ? "" : "?"}: ${type};\n`;
    });
    const others = this.#writeOthers(schema, { indent: inner, isAlone: fields.length === 0 });
    return `{\n${fields.join("")}${others}${indent}}`;
  }

  /** The fields that have no name: an index signature, which must be true of the named fields, too. */
  #writeOthers(
    schema: SchemaObject,
    { indent, isAlone }: { readonly indent: string; readonly isAlone: boolean },
  ): string {
    const { additionalProperties: others, patternProperties: patterns } = schema;
    if (!isAlone) {
      const isOpen = patterns !== undefined || (others !== undefined && others !== false);
      return isOpen ? `${indent}[name: string]: unknown;\n` : "";
    }
    const said = [...Object.values(isSchemaObject(patterns) ? patterns : {}), others].filter(isSchema);
    const isFree = others === undefined || others === true;
    const type = isFree ? "unknown" : union(said.map((inner) => this.write(inner, indent)));
    return `${indent}[name: string]: ${type};\n`;
  }
}

/** Without a type, a schema of fields means an object, and one of entries a list. */
function guessType(schema: SchemaObject): string {
  const has = (...keywords: string[]) => keywords.some((keyword) => keyword in schema);
  if (has("properties", "required", "additionalProperties", "patternProperties")) return "object";
  return has("items", "prefixItems") ? "array" : "unknown";
}

function listOf(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, inner]) => `${writeName(name)}: ${literal(inner)}`);
  return fields.length === 0 ? "Record<string, never>" : `{ ${fields.join("; ")} }`;
}

function union(types: readonly string[]): string {
  if (types.includes("unknown")) return "unknown";
  return [...new Set(types)].filter((type) => type !== "never").join(" | ") || "never";
}

function intersection(types: readonly string[]): string {
  if (types.includes("never")) return "never";
  const parts = [...new Set(types)].filter((type) => type !== "unknown");
  if (parts.length === 1) return parts[0] ?? "unknown";
  return parts.map((part) => (part.includes(" | ") ? `(${part})` : part)).join(" & ") || "unknown";
}

function arrayOf(type: string): string {
  return /^\w+(?:\[\])*$/.test(type) ? `${type}[]` : `Array<${type}>`;
}
