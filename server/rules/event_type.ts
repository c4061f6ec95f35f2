import { z } from "zod";
import type { Fault } from "./explain.ts";
import { MAX_TITLE } from "./limits.ts";
import { channelName, MAX_NAME, typeName } from "./names.ts";
import { costOf } from "./schema/cost.ts";
import { hasField } from "./schema/fields.ts";
import { compileSchema, type DataCheck, type SchemaJudge } from "./schema/json_schema.ts";
import type { SchemaObject } from "./schema/parts.ts";
import { SEVERITIES, type Severity } from "./severity.ts";
import { fieldName, fieldsOf, parseTemplate, type Template, TemplateError } from "./template.ts";

/** Longest description and template of a message, in characters. */
const MAX_DESCRIPTION = 500;
const MAX_MESSAGE = 16_384;

const text = (limit: number) =>
  z.string().trim().min(1, "must not be empty").max(limit, `must have at most ${limit} characters`);

/** What an admin registers: a type's name and all that it says. What is absent it does not say. */
export const typeInput = z.strictObject({
  name: typeName.refine((name) => name !== "notification", "is the type of all that names none"),
  /** Absent: the newest that there is, or the first. */
  version: z.int().positive().optional(),
  description: z.string().max(MAX_DESCRIPTION, `must have at most ${MAX_DESCRIPTION} characters`).default(""),
  severity: z.enum(SEVERITIES).nullish(),
  channel: channelName.nullish(),
  title: text(2 * MAX_TITLE).nullish(),
  message: text(MAX_MESSAGE).nullish(),
  /** Of `message`. */
  format: z.enum(["text", "markdown"]).nullish(),
  /** JSON Schema (2020-12) of `data`. */
  schema: z.unknown().optional(),
});

/** A checked {@linkcode typeInput}. */
export type TypeInput = z.output<typeof typeInput>;

/** Which types to list. */
export const typeListInput = z
  .strictObject({
    /** The `next` of the page before. */
    cursor: z.string().max(MAX_NAME).nullish(),
    limit: z.int().min(1).max(100).default(50),
  })
  .default({ limit: 50 });

/** Which type to show; absent version: the newest. */
export const typeGetInput = z.strictObject({ name: typeName, version: z.int().positive().optional() });
/** A checked {@linkcode typeListInput}. */
export type TypeListInput = z.output<typeof typeListInput>;
/** A checked {@linkcode typeGetInput}. */
export type TypeGetInput = z.output<typeof typeGetInput>;

/** One version of a type, as publishing uses it. */
export interface EventType {
  readonly name: string;
  readonly version: number;
  readonly severity: Severity | null;
  readonly channel: string | null;
  readonly title: Template | null;
  readonly message: Template | null;
  readonly format: "text" | "markdown" | null;
  /** Says what is wrong with `data`. */
  readonly check: DataCheck;
}

/** A type as it is written down. */
export interface TypeText extends Omit<EventType, "title" | "message" | "check"> {
  readonly title: string | null;
  readonly message: string | null;
  readonly schema: SchemaObject | null;
}

/** What is wrong with a type's schema and templates; empty: {@linkcode createEventType} takes it. */
export function findTypeFaults({ title, message, schema }: TypeInput, judge: SchemaJudge): readonly Fault[] {
  const faults = schema === undefined || schema === null ? [] : judge.faultsOf(schema);
  // Against a schema that is none, every field would be unknown.
  if (faults.length > 0) return faults;
  const known = (schema ?? null) as SchemaObject | null;
  return [...findTemplateFaults("title", title, known), ...findTemplateFaults("message", message, known)];
}

/**
 * Makes a type ready for publishing; its schema becomes code when it is first needed. Where checking may be costly, the
 * check is given to `watch`, which has it watched.
 */
export function createEventType(
  { title, message, schema, ...type }: TypeText,
  watch: (check: DataCheck) => DataCheck = (check) => check,
): EventType {
  let check: DataCheck | undefined;
  return {
    ...type,
    title: title === null ? null : parseTemplate(title),
    message: message === null ? null : parseTemplate(message),
    check: (data) => {
      check ??= schema ? makeCheck(schema, watch) : () => [];
      return check(data);
    },
  };
}

function makeCheck(schema: SchemaObject, watch: (check: DataCheck) => DataCheck): DataCheck {
  const check = compileSchema(schema);
  const { multiplies, hasPatterns } = costOf(schema);
  return multiplies || hasPatterns ? watch(check) : check;
}

function findTemplateFaults(path: string, template: string | null | undefined, schema: SchemaObject | null): Fault[] {
  if (!template) return [];
  try {
    const fields = fieldsOf(parseTemplate(template));
    const unknown = schema ? fields.filter((field) => field.root === "data" && !hasField(schema, field.path)) : [];
    return unknown.map((field) => ({ path, message: `names {{${fieldName(field)}}}, which the schema does not have` }));
  } catch (error) {
    if (error instanceof TemplateError) return [{ path, message: error.message }];
    throw error;
  }
}
