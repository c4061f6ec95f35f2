import { render } from "solid-js/web";
import { afterEach, expect, test } from "vitest";
import { parseTemplate, renderMarkdown } from "../../../server/rules/template.ts";
import { plainText } from "../../../web/app/state/markdown.ts";
import { Message } from "../../../web/app/ui/message.tsx";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function show(message: string, format?: "text" | "markdown"): HTMLElement {
  const root = document.createElement("div");
  document.body.append(root);
  closers.push(
    render(() => <Message of={{ message, ...(format && { format }) }} />, root),
    () => root.remove(),
  );
  return root;
}

const htmlOf = (message: string) => show(message, "markdown").querySelector(".markdown")?.innerHTML ?? "";

const LINK = 'target="_blank" rel="noreferrer noopener"';
const PARTS: readonly (readonly [string, string])[] = [
  ["one\n\ntwo\nlines", "<p>one</p><p>two\nlines</p>"],
  ["**a** *b* ~~c~~ `<d>`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>&lt;d&gt;</code></p>"],
  ["# Done", "<p><strong>Done</strong></p>"],
  ["```sh\nls <x>\n```", "<pre>ls &lt;x&gt;</pre>"],
  ["- a\n- b\n  - c", "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li></ul>"],
  ["3. a\n4. b", '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>'],
  ["- [x] a\n- [ ] b", "<ul><li><p>☑ a</p></li><li><p>☐ b</p></li></ul>"],
  ["> a", "<blockquote><p>a</p></blockquote>"],
  ["---", "<hr>"],
  ["a &amp; b &lt;c&gt; &#42; \\*", "<p>a &amp; b &lt;c&gt; * *</p>"],
  [
    "[a](https://b.com/?c=1&amp;d=2)",
    `<p><a ${LINK} href="https://b.com/?c=1&amp;d=2" title="https://b.com/?c=1&amp;d=2">a</a></p>`,
  ],
  ["https://b.com", `<p><a ${LINK} href="https://b.com/" title="https://b.com/">https://b.com</a></p>`],
  ["|a|b|\n|-|-|\n|1|2|", "<pre>|a|b|\n|-|-|\n|1|2|</pre>"],
];

test.each(PARTS)("Message shows the Markdown %j as elements", (message, html) => {
  expect(htmlOf(message)).toBe(html);
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a <b onclick=alert(1)>b</b> <iframe src=https://b.com></iframe>",
  "<a href='javascript:alert(1)'>a</a>",
  "![a](https://b.com/track.png)",
  '![a"onerror="alert(1)](x)',
  "[a](javascript:alert(1))",
  "[a](JaVaScRiPt:alert(1))",
  "[a](java&#115;cript:alert(1))",
  "[a](java&#x73;cript&colon;alert(1))",
  "[a](&#1;javascript:alert(1))",
  "[a](<java\tscript:alert(1)>)",
  "[a](<\u0001javascript:alert(1)>)",
  "[a](data:text/html,<script>alert(1)</script>)",
  "[a](vbscript:a)",
  "[a](blob:https://b.com/c)",
  "[a](file:///etc/passwd)",
  "[a](//b.com)",
  "[a](/trpc/session.signOut)",
  "[a](#b)",
  "[a][b]\n\n[b]: javascript:alert(1)",
  "<javascript:alert(1)>",
  "<ann@example.com>",
  "[![a](https://b.com/c.png)](javascript:alert(1))",
  "- > - **[a](javascript:alert(1))**",
  "```html onload=alert(1)\n<script>alert(1)</script>\n```",
  "<!-- a --> <?php ?> <![CDATA[ a ]]>",
] as const;

test.each(HOSTILE)("Message makes no link, image or HTML of %j", (message) => {
  const root = show(message, "markdown");
  const elements = [...root.querySelectorAll(".markdown *")];
  const harmless = new Set(["P", "PRE", "UL", "LI", "BLOCKQUOTE", "STRONG"]);
  expect(elements.map(({ tagName }) => tagName).filter((name) => !harmless.has(name))).toEqual([]);
  expect(elements.flatMap((element) => element.getAttributeNames())).toEqual([]);
  expect(root.textContent.trim(), "nothing is lost without a trace").not.toBe("");
});

test("Message keeps the target of a link whole, so that nothing leaves its attribute", () => {
  const link = show('[a](https://b.com/"onclick="alert(1) "t\\"onclick=alert(1)")', "markdown").querySelector("a");
  const other = show('[a](<https://b.com/"onclick="alert(1)>)', "markdown").querySelector("a");
  for (const one of [link, other].filter((it) => it !== null)) {
    expect(one.getAttributeNames().toSorted()).toEqual(["href", "rel", "target", "title"]);
  }
  expect(other?.getAttribute("href")).toBe("https://b.com/%22onclick=%22alert(1)");
});

test.each([">", "1. ", "> - ", "*a **b ", "[", "![a]("])("Message survives %j a thousand times", (part) => {
  const message = part.repeat(1_000);
  const root = show(message, "markdown");
  root.querySelector("button")?.click();
  expect(root.querySelectorAll("blockquote, ul, ol").length).toBeLessThan(20);
  expect(root.textContent).toContain(part.trim());
});

test("Message shows a value that a Markdown template was filled with as it is", () => {
  const data = "<b>*a*</b> & [b](https://c.com) `d` _e_ \\ #1 ![f](g)";
  const values = { data, channel: "ops", sender: "ann", severity: "info", type: "t" };
  const root = show(renderMarkdown(parseTemplate("**Got:** {{data}}"), values, 1_000), "markdown");
  expect(root.querySelector("p")?.innerHTML).toMatch(/^<strong>Got:<\/strong> [^<]*$/);
  expect(root.textContent).toBe(`Got: ${data}`);
});

test("Message leaves plain text, and what is too long for Markdown, as it was written", () => {
  expect(show("**a** <b>").querySelector("p")?.innerHTML).toBe("**a** &lt;b&gt;");
  expect(show("**a**", "text").querySelector("strong")).toBeNull();
  const long = show("**a** ".repeat(3_000), "markdown");
  long.querySelector("button")?.click();
  expect(long.querySelector("strong")).toBeNull();
});

test("Message shows long Markdown as text until it is unfolded", () => {
  const root = show(`# Done\n\n${"**a**\n\n".repeat(10)}`, "markdown");
  expect(root.querySelector(".folded")?.textContent).toMatch(/^Done\na\na/);
  expect(root.querySelector("strong")).toBeNull();
  root.querySelector("button")?.click();
  expect(root.querySelectorAll("strong").length).toBe(11);
});

test("plainText() takes the marks out of Markdown and out of nothing else", () => {
  const message = "# A\n\n**b** [c](https://d.com) `e`\n\n- f\n- g";
  expect(plainText({ message, format: "markdown" })).toBe("A\nb c e\n• f\n• g");
  expect(plainText({ message })).toBe(message);
  expect(plainText({})).toBe("");
});
