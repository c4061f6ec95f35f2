import { MAX_TITLE } from "./limits.ts";

/** What a template may name beside `data` and what stands in it. */
const PLAIN = ["channel", "sender", "severity", "type"] as const;
/** Most fields of one template: each may bring as much as `data` holds. */
const MAX_FIELDS = 50;

/** A place in a template that a value fills: `data.items.0.name`. */
export interface TemplateField {
  readonly root: "data" | (typeof PLAIN)[number];
  /** The way into `data`; empty: all of it. */
  readonly path: readonly string[];
}

/** A text with fields in double braces: `Order {{data.code}} paid`. It holds no code. */
export interface Template {
  readonly parts: readonly (string | TemplateField)[];
}

/** What fills a template. */
export interface TemplateValues {
  readonly data: unknown;
  readonly channel: string;
  readonly sender: string;
  readonly severity: string;
  readonly type: string;
}

/** A text is no template; the message says what is wrong, to stand after a field's name. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** Reads a template. @throws {TemplateError} for braces that do not pair, and for fields that cannot be. */
export function parseTemplate(text: string): Template {
  // Every second piece is a field.
  const parts = text
    .split(/(\{\{.*?\}\})/s)
    .map((piece, index) => (index % 2 === 1 ? parseField(piece) : literal(piece)));
  const count = (parts.length - 1) / 2;
  if (count > MAX_FIELDS) throw new TemplateError(`must have at most ${MAX_FIELDS} fields, has ${count}`);
  return { parts };
}

/** The fields of a template, in order. */
export function fieldsOf({ parts }: Template): TemplateField[] {
  return parts.filter((part) => typeof part !== "string");
}

/** A field as it is written, without braces. */
export function fieldName({ root, path }: TemplateField): string {
  return [root, ...path].join(".");
}

/** Fills a template for plain text, with values as they are; stops soon after `limit` characters. */
export function renderText(template: Template, values: TemplateValues, limit: number): string {
  return render(template, limit, (field) => textOf(field, values));
}

/**
 * Fills a template that is Markdown, with values that cannot form any: every sign that could is escaped, and each value
 * stays on one line. Stops soon after `limit` characters.
 */
export function renderMarkdown(template: Template, values: TemplateValues, limit: number): string {
  return render(template, limit, (field) => escapeMarkdown(textOf(field, values)));
}

/** Fills a template for a title: on one line, and cut with … where it is too long. */
export function renderTitle(template: Template, values: TemplateValues): string {
  // More than it may have: spaces at its ends are taken away.
  const title = singleLine(render(template, 8 * MAX_TITLE, (field) => singleLine(textOf(field, values)))).trim();
  if (title.length <= MAX_TITLE) return title;
  // Half of a character outside the Basic Multilingual Plane is none.
  return `${title.slice(0, MAX_TITLE - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function literal(text: string): string {
  const stray = /\{\{|\}\}/.exec(text)?.[0];
  if (stray) throw new TemplateError(stray === "{{" ? "has {{ without }}" : "has }} without {{");
  return text;
}

function parseField(text: string): TemplateField {
  const name = text.slice(2, -2).trim();
  const refusal = new TemplateError(
    `names {{${name.slice(0, 60)}}}, which is no field; there are ${PLAIN.join(", ")}, data and what stands in it, such as data.items.0.name`,
  );
  const [root = "", ...path] = name.split(".");
  if (root === "data" && path.every((part) => /^[^\s{}]+$/.test(part))) return { root, path };
  const plain = PLAIN.find((known) => known === name);
  if (!plain) throw refusal;
  return { root: plain, path: [] };
}

function render({ parts }: Template, limit: number, show: (field: TemplateField) => string): string {
  let text = "";
  for (const part of parts) {
    text += typeof part === "string" ? part : show(part);
    if (text.length > limit) break;
  }
  return text;
}

function textOf({ root, path }: TemplateField, values: TemplateValues): string {
  const value = root === "data" ? valueAt(values.data, path) : values[root];
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Looks at own properties and at list entries only: `constructor` and `length` are not data. */
function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function singleLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** CommonMark takes any ASCII punctuation after a backslash as itself; HTML's own signs become entities. */
function escapeMarkdown(text: string): string {
  const line = singleLine(text).replaceAll(/\s+/g, " ").trim();
  return line.replaceAll(/[!-/:-@[-`{-~]/g, (sign) => ENTITIES[sign] ?? `\\${sign}`);
}
