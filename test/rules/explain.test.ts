import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { explainIssues, nameFields, summarize } from "../../server/rules/explain.ts";

const schema = z.strictObject({
  email: z.email(),
  password: z.string().min(100),
  apiToken: z.string().min(100),
  nested: z.strictObject({ clientSecret: z.string().min(100) }),
  size: z.int().max(10),
});

test("explainIssues() says of a bound whether it is one of what is allowed", () => {
  const bounds = z.object({ above: z.number().positive(), below: z.number().negative(), from: z.number().min(1) });
  const input = { above: 0, below: 0, from: 0 };
  const issues = bounds.safeParse(input).error?.issues ?? [];
  expect(summarize("try", explainIssues(issues, input))).toBe(
    "Cannot try: above must be more than 0 (got 0); below must be less than 0 (got 0); from must be at least 1 (got 0)",
  );
});

test("explainIssues() says what is wrong with the form that a value has, of several", () => {
  const forms = z.object({
    to: z.union([z.string().min(2), z.array(z.string()).max(2)], { error: "must be one or some" }),
  });
  const message = (to: unknown) => summarize("try", explainIssues(forms.safeParse({ to }).error?.issues ?? [], { to }));
  expect(message(["a", "b", "c"])).toBe("Cannot try: to must have at most 2 entries");
  expect(message(["a", 1])).toBe("Cannot try: to.1 must be a string (got 1)");
  expect(message(1)).toBe("Cannot try: to must be one or some (got 1)");
});

function explain(input: unknown): string {
  const parsed = schema.safeParse(input);
  return parsed.success ? "" : summarize("try", explainIssues(parsed.error.issues, input));
}

test("explainIssues() names each field and shows the value found there", () => {
  const message = explain({ email: "nobody", password: "p".repeat(100), size: 11 });
  expect(message).toContain("Cannot try: ");
  expect(message).toContain("email");
  expect(message).toContain('"nobody"');
  expect(message).toContain("size");
  expect(message).toContain("(got 11)");
  expect(message).toContain("nested");
});

test("explainIssues() never shows the value of a secret field, nor of one it does not know", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/);
  fc.assert(
    fc.property(secret, fc.boolean(), (text, isList) => {
      const value = isList ? [text] : text;
      const message = explain({
        email: "a@example.com",
        password: value,
        apiToken: value,
        nested: { clientSecret: value },
        passwrod: value,
        size: 1,
      });
      expect(message).toContain("password");
      expect(message).toContain("apiToken");
      expect(message).toContain("nested.clientSecret");
      expect(message).toContain("passwrod");
      expect(message).not.toContain(text);
    }),
  );
});

test("explainIssues() shows little of a long value, and nothing of a whole object", () => {
  const long = "x".repeat(10_000);
  expect(explain({ email: long }).length).toBeLessThan(1_000);
  expect(explain({ [long]: 1 }).length).toBeLessThan(1_000);
  expect(explain(Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`f${i}`, 1]))).length).toBeLessThan(2_000);
  expect(explain({ email: { password: "hunter2hunter2" } })).not.toContain("hunter2");
  expect(explain([{ password: "hunter2hunter2" }])).not.toContain("hunter2");
});

test("explainIssues() names each unknown field by its path, and what was meant where the schema names its fields", () => {
  const named = z.strictObject(
    {
      message: z.string().optional(),
      actions: z.array(z.strictObject({ url: z.string() }, { error: nameFields })).optional(),
    },
    { error: nameFields },
  );
  const faults = (input: object, isSecret = false) =>
    explainIssues(named.safeParse(input).error?.issues ?? [], input, isSecret);
  expect(faults({ mesage: "x", colour: "red", actions: [{ url: "x", ulr: "y" }] })).toEqual([
    { path: "actions.0.ulr", message: 'is no field; did you mean "url"?' },
    { path: "mesage", message: 'is no field; did you mean "message"?' },
    { path: "colour", message: "is no field; see the list of fields" },
  ]);
  expect(faults({ "a\n\u001b[2J": 1 })).toEqual([
    { path: '"a\\n\\u001b[2J"', message: "is no field; see the list of fields" },
  ]);
  expect(JSON.stringify(faults({ hunter2: 1 }, true))).not.toContain("hunter2");
});
