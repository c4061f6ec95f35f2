import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseTemplate,
  renderMarkdown,
  renderText,
  renderTitle,
  TemplateError,
  type TemplateValues,
} from "../../server/rules/template.ts";

const values: TemplateValues = {
  data: {
    code: "A-7",
    total: 12.5,
    paid: true,
    nothing: null,
    items: [{ name: "tea" }, { name: "cup" }],
    "odd key~/": "odd",
  },
  channel: "orders",
  sender: "token:shop",
  severity: "info",
  type: "order.created",
};
const text = (template: string, data: unknown = values.data) =>
  renderText(parseTemplate(template), { ...values, data }, 10_000);
const markdown = (template: string, data: unknown) =>
  renderMarkdown(parseTemplate(template), { ...values, data }, 10_000);
const title = (template: string, data: unknown) => renderTitle(parseTemplate(template), { ...values, data });

test.each([
  ["", ""],
  ["no field", "no field"],
  ["Order {{data.code}} paid", "Order A-7 paid"],
  ["{{ data.code }}{{data.total}}", "A-712.5"],
  ["{{data.items.1.name}}", "cup"],
  ["{{channel}} {{sender}} {{severity}} {{type}}", "orders token:shop info order.created"],
  ["{{data.paid}} {{data.items.0}}", 'true {"name":"tea"}'],
  ["{{data.nothing}}|{{data.missing}}|{{data.code.0}}|{{data.items.7.name}}|{{data.missing.x}}", "||||"],
  ["{ {{data.code}} } { x }", "{ A-7 } { x }"],
  ["a\n{{data.code}}\n", "a\nA-7\n"],
])("renderText() makes of %j %j", (template, expected) => {
  expect(text(template)).toBe(expected);
});

test.each([
  "constructor",
  "__proto__",
  "toString",
  "items.length",
  "code.length",
  "items.constructor.name",
  "items.-1",
])("a template finds own properties only: {{data.%s}} is empty", (path) => {
  expect(text(`[{{data.${path}}}]`)).toBe("[]");
});

test("a template fills what JSON brought as `__proto__` or `constructor`, for it is data", () => {
  const data: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":"c"}');
  expect(text("{{data.__proto__.x}}{{data.constructor}}", data)).toBe("1c");
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test("a value that looks like a template stays as it is", () => {
  expect(text("{{data.a}}{{data.b}}", { a: "{{data.b}}", b: "$& {{channel}}" })).toBe("{{data.b}}$& {{channel}}");
});

test.each([
  ["{{data.code", "has {{ without }}"],
  ["data.code}}", "has }} without {{"],
  ["{{data.a}} {{data.b", "has {{ without }}"],
  ["{{}}", "names {{}}, which is no field"],
  ["{{ }}", "which is no field"],
  ["{{foo}}", "names {{foo}}, which is no field"],
  ["{{title}}", "names {{title}}"],
  ["{{channel.x}}", "names {{channel.x}}"],
  ["{{data.}}", "names {{data.}}"],
  ["{{data..a}}", "names {{data..a}}"],
  ["{{data.a b}}", "names {{data.a b}}"],
  ["{{{data.a}}}", "names {{{data.a}}"],
  ["{{#if data.a}}x{{/if}}", "names {{#if data.a}}"],
  ["{{data.a | upper}}", "names {{data.a | upper}}"],
  ["{{process.env}}", "names {{process.env}}"],
  ["{{data.x}}".repeat(51), "at most 50 fields, has 51"],
])("parseTemplate() refuses %j", (template, words) => {
  expect(() => parseTemplate(template)).toThrow(TemplateError);
  expect(() => parseTemplate(template)).toThrow(words);
});

test("parseTemplate() takes any text, or says what is wrong with it", () => {
  const piece = fc.constantFrom("{{", "}}", "{", "}", "data", ".", "a", " ", "channel", "\n");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (template) => {
        try {
          parseTemplate(template);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      },
    ),
  );
});

test("renderText() stops soon after its limit, however much a template would make", () => {
  const big = "x".repeat(60_000);
  const template = parseTemplate("{{data}}".repeat(50));
  expect(renderText(template, { ...values, data: big }, 100).length).toBe(60_000);
});

describe("renderMarkdown()", () => {
  test.each([
    ["*bold* _it_ `code`", "\\*bold\\* \\_it\\_ \\`code\\`"],
    ["[x](https://evil.example)", "\\[x\\]\\(https\\:\\/\\/evil\\.example\\)"],
    ["<script>alert(1)</script>", "&lt;script&gt;alert\\(1\\)&lt;\\/script&gt;"],
    ["&lt;b&gt;", "&amp;lt\\;b&amp;gt\\;"],
    ["a\n\n# b\r\n    code", "a \\# b code"],
    ["    code", "code"],
    ["Grüße 7 ✓", "Grüße 7 ✓"],
  ])("escapes %j", (value, expected) => {
    expect(markdown("**{{data.x}}**", { x: value })).toBe(`**${expected}**`);
  });

  test("leaves the template's own Markdown as it is, and escapes JSON too", () => {
    expect(markdown("# {{data.a}}\n\n- {{channel}}", { a: { b: "*" } })).toBe(
      '# \\{\\"b\\"\\:\\"\\*\\"\\}\n\n- orders',
    );
  });

  test("lets no value form Markdown or HTML, break a line or begin with a space", () => {
    const signs = fc.constantFrom(..."*_`[]()<>&#-+.!|~\\=:/\"'{}\n\r\t 1a$@^%,;?");
    const value = fc.oneof(
      fc.string(),
      fc.array(signs).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(value, (x) => {
        const shown = markdown("{{data.x}}", { x });
        // What is escaped means itself.
        const bare = shown.replaceAll(/\\[!-/:-@[-`{-~]|&(?:amp|lt|gt);/g, "");
        expect(bare).not.toMatch(/[!-/:-@[-`{-~]/);
        expect(shown).not.toMatch(/\s{2}|^\s|\s$|[\n\r\t]/);
        const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
        const back = shown.replaceAll(/\\(.)|&(?:amp|lt|gt);/g, (all, sign: string) => sign ?? entities[all]);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what becomes a space
        const plain = x.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
        expect(back).toBe(plain.replaceAll(/\s+/g, " ").trim());
      }),
    );
  });
});

describe("renderTitle()", () => {
  test("makes spaces of line breaks and control characters, and none at the ends", () => {
    expect(title(" {{data.a}}: {{data.b}}\n", { a: "one\r\ntwo", b: "\u0000x\u0007\u2028y\n" })).toBe("one two:  x y");
  });

  test("cuts what is longer than a title may be", () => {
    expect(title("{{data}}", "x".repeat(250))).toBe("x".repeat(250));
    expect(title("{{data}}", "x".repeat(251))).toBe(`${"x".repeat(249)}…`);
    expect(title("{{data}}", "x".repeat(60_000))).toBe(`${"x".repeat(249)}…`);
  });

  test("cuts no character in two", () => {
    const cut = title("{{data}}", `${"x".repeat(248)}😀😀`);
    expect(cut).toBe(`${"x".repeat(248)}…`);
    expect(cut.isWellFormed()).toBe(true);
  });
});
