import fc from "fast-check";
import { expect, test } from "vitest";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { dataText, encodeDraft } from "../../server/rules/notification.ts";
import { SEVERITIES } from "../../server/rules/severity.ts";

const schema = createDraftSchema();

/** Texts that look like the JSON around them. */
const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom(
    ',"data":',
    '","data":',
    '\\","data":1',
    '\\\\","data":{}',
    "data",
    ",",
    '"',
    "\\",
    "\ud800",
    "\u2028\n\r\u0000",
    "🔔",
  ),
);
const data = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.record({ data: fc.jsonValue({ maxDepth: 2 }), type: nasty }),
  fc.constantFrom({}, [], null, false, 0, -0, "", { ',"data":': [',"data":'] }),
);
const draft = fc.record(
  {
    message: nasty.filter(Boolean),
    title: nasty,
    tags: fc.array(nasty.filter(Boolean), { maxLength: 3 }),
    key: nasty.filter(Boolean),
    severity: fc.constantFrom(...SEVERITIES),
    type: fc.constantFrom("data", "order.created"),
    to: fc.oneof(fc.constantFrom("data", ',"data":', '"'), fc.constant(["data", '\\"'])),
    actions: fc.constant([{ label: ',"data":', url: "https://example.com/?,%22data%22:" }]),
    data,
  },
  { requiredKeys: ["message"] },
);

/** The JSON as the log makes it, with the head that only the log can know. */
function toJson(input: Parameters<typeof schema.parse>[0], sender: string): string {
  const { tail } = encodeDraft(schema.parse(input), { sender, createdAt: 1_900_000_000_000 });
  return `{"id":7,"cursor":"epoch-7",${tail}`;
}

test("encodeDraft() makes JSON that holds exactly what was published", () => {
  fc.assert(
    fc.property(draft, nasty, (input, sender) => {
      const { to, ...fields } = input;
      const parsed = JSON.parse(toJson(input, sender)) as Record<string, unknown>;
      expect(parsed).toEqual({
        id: 7,
        cursor: "epoch-7",
        channel: "general",
        event: "notification",
        type: "notification",
        severity: "info",
        ...(JSON.parse(JSON.stringify(fields)) as object),
        ...(to !== undefined && { to: [to].flat() }),
        sender,
        timestamp: "2030-03-17T17:46:40.000Z",
        read: false,
      });
    }),
    { numRuns: 500 },
  );
});

test("encodeDraft() makes one line, so that it can stand in one `data:` of an event stream", () => {
  fc.assert(
    fc.property(draft, nasty, (input, sender) => {
      expect(toJson(input, sender)).not.toMatch(/[\r\n]/);
    }),
    { numRuns: 500 },
  );
});

test("dataText() finds exactly the text of `data`, whatever the other fields hold", () => {
  fc.assert(
    fc.property(draft, nasty, (input, sender) => {
      expect(dataText(toJson(input, sender))).toBe(JSON.stringify(input.data));
    }),
    { numRuns: 1_000 },
  );
});

test("encodeDraft() takes the event for the type when there is none, and names each recipient once", () => {
  const encoded = encodeDraft(schema.parse({ event: "progress", to: ["a", "b", "a"], severity: "error" }), {
    sender: "s",
    createdAt: 0,
  });
  expect(encoded).toMatchObject({ type: "progress", recipients: ["a", "b"], severity: 3 });
  expect(JSON.parse(`{${encoded.tail}`)).toMatchObject({ type: "progress", to: ["a", "b"], severity: "error" });
});
