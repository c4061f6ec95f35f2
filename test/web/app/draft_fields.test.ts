import { expect, test } from "vitest";
import { checkDraft, NO_DRAFT, toDraft } from "../../../web/app/state/draft_fields.ts";
import { fromLocal, toLocal } from "../../../web/app/state/local_time.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2030, 0, 1, 12);
const DRAFT = { ...NO_DRAFT, message: "hello" };

test("toDraft() gives the hub only what was filled in", () => {
  expect(toDraft(DRAFT)).toEqual({ channel: "general", severity: "info", message: "hello" });
  const full = {
    ...{ to: " ann, bob  cho", title: " T ", type: "order", data: '{"code":1}', key: " k " },
    ...{ deliverAt: toLocal(NOW + HOUR), expiresAt: toLocal(NOW + 2 * HOUR) },
    ...{ ack: "anyone", escalateAfter: "5m", escalateTo: "ops, on-call" },
  };
  expect(toDraft({ ...DRAFT, ...full })).toEqual({
    ...{ channel: "general", severity: "info", message: "hello", title: "T", type: "order", key: "k" },
    ...{ to: ["ann", "bob", "cho"], data: { code: 1 }, ack: "anyone" },
    ...{ deliverAt: "2030-01-01T13:00:00.000Z", expiresAt: "2030-01-01T14:00:00.000Z" },
    escalate: { after: "5m", to: ["ops", "on-call"] },
  });
  expect(toDraft({ ...DRAFT, escalateAfter: "5m" }), "nobody is asked").not.toHaveProperty("escalate");
});

test("checkDraft() refuses times that are over or contradict each other, and data that is no JSON", () => {
  const at = (hours: number) => toLocal(NOW + hours * HOUR);
  expect(checkDraft({ ...DRAFT, deliverAt: at(1), expiresAt: at(2) }, NOW)).toEqual({});
  expect(Object.keys(checkDraft({ ...DRAFT, deliverAt: at(-1), expiresAt: at(-1) }, NOW))).toEqual([
    "deliverAt",
    "expiresAt",
  ]);
  expect(checkDraft({ ...DRAFT, deliverAt: at(2), expiresAt: at(1) }, NOW)).toHaveProperty("expiresAt");
  expect(checkDraft({ ...DRAFT, data: "{" }, NOW).data).toMatch(/^This is no JSON/);
});

test("checkDraft() asks for no message where the type writes it", () => {
  expect(checkDraft(NO_DRAFT, NOW)).toHaveProperty("message");
  expect(checkDraft(NO_DRAFT, NOW, true)).toEqual({});
});

test("toLocal() and fromLocal() are each other's way back, to the minute", () => {
  expect(fromLocal(toLocal(NOW))).toBe(new Date(NOW).toISOString());
  expect(fromLocal("")).toBeUndefined();
  expect(fromLocal("tomorrow")).toBeUndefined();
});
