import { expect, test } from "vitest";
import { ZodError } from "zod";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { explainIssues, summarize } from "../../server/rules/explain.ts";
import { RESERVED_EVENTS } from "../../server/rules/names.ts";
import { SEVERITIES } from "../../server/rules/severity.ts";

const schema = createDraftSchema({ messageBytes: 100, dataBytes: 200 });

/** What a publisher is told of an input, or "accepted". */
function answer(input: unknown): string {
  try {
    schema.parse(input);
    return "accepted";
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    return summarize("publish", explainIssues(error.issues, input));
  }
}

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}

test("a draft of a message alone gets its defaults", () => {
  expect(schema.parse({ message: "hi" })).toEqual({
    channel: "general",
    event: "notification",
    severity: "info",
    message: "hi",
  });
});

test("a draft with everything is accepted as it is", () => {
  const draft = {
    channel: "shop.orders",
    to: ["u1", "müller@example.com"],
    event: "order.created",
    type: "order:new",
    severity: "critical",
    title: "t".repeat(250),
    message: "é".repeat(50),
    format: "markdown",
    link: "https://example.com/x?y=1#z",
    icon: "http://example.com/i.png",
    tags: ["a", "b"],
    actions: [{ label: "Open", url: "https://example.com", method: "POST" }],
    duration: 5_000,
    key: "order-1",
    data: { nested: [1, "two", null, true] },
  };
  expect(schema.parse(draft)).toEqual(draft);
});

test.each(SEVERITIES)("severity %s is accepted", (severity) => {
  expect(answer({ message: "m", severity })).toBe("accepted");
});

test.each([
  ["no message", {}, ["message", "required when event is notification"]],
  ["an empty message", { message: "" }, ["message", "required"]],
  ["a message in ASCII beyond the limit", { message: "a".repeat(101) }, ["message", "100 bytes", "101"]],
  ["a message in UTF-8 beyond the limit", { message: "é".repeat(51) }, ["message", "100 bytes", "102"]],
  ["data beyond the limit", { message: "m", data: { x: "y".repeat(200) } }, ["data", "200 bytes", "208"]],
  ["data that nests too deep", { message: "m", data: nest(33) }, ["data", "32 levels"]],
  ["data that nests a thousand times too deep", { message: "m", data: nest(50_000) }, ["data", "32 levels"]],
  ["a title that is too long", { message: "m", title: "t".repeat(251) }, ["title", "250 characters"]],
  ["a bad severity", { message: "m", severity: "fatal" }, ["severity", '"fatal"', "critical"]],
  ["a severity of wrong case", { message: "m", severity: "INFO" }, ["severity", '"INFO"']],
  ["a line break in an event", { event: "a\nb", data: 1 }, ["event", "no spaces or line breaks", '"a\\nb"']],
  ["a carriage return in an event", { event: "a\rdata: x", data: 1 }, ["event", "line breaks"]],
  ["a line break at the end of an event", { event: "update\n", data: 1 }, ["event", "line breaks"]],
  ["a NUL in an event", { event: "a\u0000", data: 1 }, ["event"]],
  ["an empty event", { event: "" }, ["event", "empty"]],
  ["a long event", { event: "e".repeat(65) }, ["event", "64 characters"]],
  ["a line break in a type", { message: "m", type: "a\nb" }, ["type", "line breaks"]],
  ["a channel with a slash", { message: "m", channel: "a/b" }, ["channel", '"a/b"', "letters"]],
  ["a channel with two dots", { message: "m", channel: "a..b" }, ["channel", '"a..b"']],
  ["a channel that is a path", { message: "m", channel: ".." }, ["channel"]],
  ["a channel that is a number", { message: "m", channel: 7 }, ["channel", "string", "7"]],
  ["a channel that is null", { message: "m", channel: null }, ["channel", "string"]],
  ["a recipient with a control character", { message: "m", to: "a\nb" }, ["to"]],
  ["no recipient in the list", { message: "m", to: [] }, ["to", "must name a user"]],
  ["a script as link", { message: "m", link: "javascript:alert(1)" }, ["link", "http or https"]],
  ["a data URL as icon", { message: "m", icon: "data:image/png;base64,AA" }, ["icon", "http or https"]],
  ["a relative link", { message: "m", link: "/x" }, ["link", "http or https"]],
  ["a script as an action's URL", { message: "m", actions: [{ label: "x", url: "javascript:1" }] }, ["actions.0.url"]],
  ["five actions", { message: "m", actions: Array(5).fill({ label: "x", url: "https://e.com" }) }, ["actions", "4"]],
  [
    "an unknown field of an action",
    { message: "m", actions: [{ label: "x", url: "https://e.com", data: 1 }] },
    ["data"],
  ],
  ["17 tags", { message: "m", tags: Array(17).fill("t") }, ["tags", "16"]],
  ["an empty tag", { message: "m", tags: ["a", ""] }, ["tags.1", "empty"]],
  ["a duration of zero", { message: "m", duration: 0 }, ["duration"]],
  ["a duration that is text", { message: "m", duration: "5s" }, ["duration", '"5s"']],
  ["a duration of a fraction", { message: "m", duration: 1.5 }, ["duration", "1.5"]],
  ["an unknown field", { message: "m", sevrity: "info" }, ["sevrity"]],
  ["a field of the server's own", { message: "m", id: 7 }, ["id"]],
  ["a list", [], ["object"]],
  ["null", null, ["object"]],
  ["a text", "hello", ["object"]],
])("a draft with %s is refused by name", (_, input, words) => {
  const message = answer(input);
  expect(message).toMatch(/^Cannot publish: /);
  for (const word of words) expect(message).toContain(word);
});

test("two faults are both told", () => {
  const message = answer({ severity: "bad", event: "a b" });
  expect(message).toContain("severity");
  expect(message).toContain("event");
});

test("__proto__ in a draft is refused or harmless", () => {
  const input: unknown = JSON.parse('{"message":"m","__proto__":{"severity":"critical"}}');
  const parsed = schema.safeParse(input);
  if (parsed.success) expect(parsed.data.severity).toBe("info");
  expect(({} as Record<string, unknown>)["severity"]).toBeUndefined();
});

test.each([...RESERVED_EVENTS])("event name %s is the hub's own and refused", (event) => {
  expect(answer({ event, data: {} })).toContain("event is a name that the hub uses itself");
});

test.each(["connected", "gap", "heartbeat", "ping", "return", "serialized-error", "restore-id"])(
  "event name %s, which a client takes for the protocol's, is among them",
  (event) => {
    expect(RESERVED_EVENTS.has(event)).toBe(true);
  },
);

test.each(["update", "progress", "order.created", "build:done", "x_y-z", "1"])(
  "event name %s needs no message",
  (event) => {
    expect(answer({ event })).toBe("accepted");
  },
);
