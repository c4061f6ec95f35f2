/** A file as the checks see it: texts of the same length and lines, so that a position in one is one in all. */
export interface Source {
  /** Path from the project's folder, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  /** Without comments, and without what stands in strings, templates and regular expressions. */
  readonly bare: string;
}

/** One thing that breaks a rule. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** A slash after these begins a regular expression; after anything else it divides. */
const REGEX = String.raw`(?<=(?:^|[(,=:[!&|?{};+>]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*`;
const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const QUOTED = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\x60(?:\\.|[^\x60\\])*\x60`;
/** Leftmost first: a quote inside a comment opens no string, a slash inside a string no comment. */
const TOKENS = new RegExp(`(${COMMENT})|${QUOTED}|${REGEX}`, "g");

const blank = (text: string) => text.replaceAll(/[^\n]/g, " ");
const hollow = (text: string) => text.charAt(0) + blank(text.slice(1, -1)) + text.charAt(text.length - 1);

/** Reads the text of a file for the checks. */
export function readSource(path: string, text: string): Source {
  return {
    path,
    text,
    code: text.replaceAll(TOKENS, (token, comment?: string) => (comment === undefined ? token : blank(token))),
    bare: text.replaceAll(TOKENS, (token, comment?: string) => (comment === undefined ? hollow : blank)(token)),
  };
}

/** The line, from 1, of a position in a text. */
export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
