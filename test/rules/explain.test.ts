import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { explainIssues, summarize } from "../../server/rules/explain.ts";

const schema = z.strictObject({
  email: z.email(),
  password: z.string().min(100),
  apiToken: z.string().min(100),
  nested: z.strictObject({ clientSecret: z.string().min(100) }),
  size: z.int().max(10),
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
