import { lexer, type Token, type Tokens } from "marked";

/** Text within a block. `url` is a whole address of http or https, and nothing else. */
export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis" | "deleted"; readonly of: readonly Inline[] }
  | { readonly kind: "link"; readonly url: string; readonly of: readonly Inline[] };

/** A block of a message. `start` is the number of a list's first item, null where items have none. */
export type Block =
  | { readonly kind: "paragraph" | "heading"; readonly of: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly of: readonly Block[] }
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: "rule" };

/** Longest message that is taken as Markdown, in characters: the library's time grows faster than the text. */
const LONGEST = 16_384;
/** As much of a message as its plain text is made of, in characters. */
const PREVIEW = 1_000;
/** How deep quotes and lists may stand in each other; what is deeper is shown as it was written. */
const DEEPEST = 8;
/** The same of marks and links, with the quotes and lists around them. */
const DEEPEST_MARK = 16;

/**
 * Reads a safe part of Markdown. What is not a part of it (HTML, tables, addresses of other schemes, too much nesting) is
 * text as it was written; of an image its description is left. Never throws.
 */
export function parseMarkdown(text: string): readonly Block[] {
  const asWritten: readonly Block[] = [{ kind: "paragraph", of: [{ kind: "text", text }] }];
  if (text.length > LONGEST) return asWritten;
  try {
    return toBlocks(lexer(text), 0);
  } catch (error) {
    // The library calls itself for each level of nesting, and a publisher may nest thousands.
    if (error instanceof RangeError) return asWritten;
    throw error;
  }
}

/** The beginning of a message as plain text: what is Markdown without its marks. */
export function plainText({ message = "", format }: { readonly message?: string; readonly format?: string }): string {
  return format === "markdown" ? parseMarkdown(message.slice(0, PREVIEW)).map(textOfBlock).join("\n") : message;
}

function toBlocks(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => toBlock(token as Tokens.Generic, depth));
}

function toBlock(token: Tokens.Generic, depth: number): Block[] {
  const { type, raw, tokens = [] } = token;
  const isNested = type === "blockquote" || type === "list";
  if (isNested && depth >= DEEPEST) return [{ kind: "paragraph", of: [{ kind: "text", text: raw }] }];
  switch (type) {
    case "space":
    case "def":
      return [];
    case "hr":
      return [{ kind: "rule" }];
    case "heading":
      return [{ kind: "heading", of: toInlines(tokens, depth) }];
    case "paragraph":
      return [{ kind: "paragraph", of: toInlines(tokens, depth) }];
    case "text":
      return [{ kind: "paragraph", of: toInlines(tokens.length > 0 ? tokens : [token as Token], depth) }];
    case "code":
      return [{ kind: "code", text: String(token["text"]) }];
    case "table":
      return [{ kind: "code", text: raw.trimEnd() }];
    case "blockquote":
      return [{ kind: "quote", of: toBlocks(tokens, depth + 1) }];
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      return [{ kind: "list", start: ordered ? Number(start) : null, items: items.map((item) => toItem(item, depth)) }];
    }
    default:
      return [{ kind: "paragraph", of: [{ kind: "text", text: raw.trimEnd() }] }];
  }
}

/** The box of a task stands in the line of its text. */
function toItem({ task, checked, tokens }: Tokens.ListItem, depth: number): Block[] {
  const blocks = toBlocks(
    tokens.filter(({ type }) => type !== "checkbox"),
    depth + 1,
  );
  if (!task) return blocks;
  const box: Inline = { kind: "text", text: checked ? "☑ " : "☐ " };
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph") return [{ kind: "paragraph", of: [box] }, ...blocks];
  return [{ kind: "paragraph", of: [box, ...first.of] }, ...rest];
}

function toInlines(tokens: readonly Token[], depth: number): Inline[] {
  return tokens.map((token) => toInline(token as Tokens.Generic, depth));
}

const MARKS = { strong: "strong", em: "emphasis", del: "deleted" } as const;

function toInline(token: Tokens.Generic, depth: number): Inline {
  const { type, raw, tokens = [] } = token;
  const text = String(token["text"] ?? "");
  if (depth >= DEEPEST_MARK) return { kind: "text", text: raw };
  switch (type) {
    case "strong":
    case "em":
    case "del":
      return { kind: MARKS[type], of: toInlines(tokens, depth + 1) };
    case "codespan":
      return { kind: "code", text };
    case "link": {
      const url = toWebAddress(String(token["href"]));
      return url ? { kind: "link", url, of: toInlines(tokens, depth + 1) } : { kind: "text", text: raw };
    }
    case "image":
      return { kind: "text", text: decode(text) };
    case "text":
      return { kind: "text", text: decode(text) };
    case "escape":
      return { kind: "text", text };
    case "br":
      return { kind: "text", text: "\n" };
    default:
      return { kind: "text", text: raw };
  }
}

/** The address as the browser will read it, so that what is checked is what is opened. */
function toWebAddress(href: string): string | null {
  const address = decode(href);
  if (!URL.canParse(address)) return null;
  const { protocol, href: whole } = new URL(address);
  return protocol === "https:" || protocol === "http:" ? whole : null;
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** Puts signs in place of their entities: the usual names and numbers. */
function decode(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,4}));/g, (entity, decimal, hex, name) => {
    if (name) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? entity) : entity;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
  });
}

function textOfBlock(block: Block): string {
  switch (block.kind) {
    case "rule":
      return "";
    case "code":
      return block.text;
    case "quote":
      return block.of.map(textOfBlock).join("\n");
    case "list":
      return block.items.map((item) => `• ${item.map(textOfBlock).join("\n")}`).join("\n");
    default:
      return block.of.map(textOfInline).join("");
  }
}

function textOfInline(inline: Inline): string {
  return "text" in inline ? inline.text : inline.of.map(textOfInline).join("");
}
