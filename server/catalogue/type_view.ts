import type { TypeRow } from "../../db/schema.ts";
import type { TypeText } from "../rules/event_type.ts";
import type { SchemaObject } from "../rules/schema/parts.ts";
import type { Severity } from "../rules/severity.ts";

/** A version of a type as callers see it; null: the type does not say. Times are ISO 8601. */
export interface TypeView extends TypeText {
  /** All that there are, the oldest first. */
  readonly versions: readonly number[];
  readonly description: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A row of the catalogue, with what it holds as text read. */
export function toTypeText({ name, version, severity, channel, title, message, format, schema }: TypeRow): TypeText {
  return {
    ...{ name, version, channel, title, message },
    severity: severity as Severity | null,
    format: format as "text" | "markdown" | null,
    schema: schema === null ? null : (JSON.parse(schema) as SchemaObject),
  };
}

/** A version of a type, beside all its versions. */
export function toTypeView(row: TypeRow, all: readonly TypeRow[]): TypeView {
  const { name, version, ...rest } = toTypeText(row);
  return {
    ...{ name, version, versions: all.map((one) => one.version), description: row.description, ...rest },
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}
