import { createRoot } from "solid-js";
import { expect, test } from "vitest";
import { checkChannel } from "../../../web/app/state/channels.ts";
import { checkDraft, NO_DRAFT } from "../../../web/app/state/draft_fields.ts";
import { createForm } from "../../../web/app/state/form.ts";
import { reasonOf } from "../../../web/app/state/problem.ts";
import { checkSetUp } from "../../../web/app/state/session.ts";

const refusal = (issues: { path: string; message: string }[]) =>
  Object.assign(new Error("Cannot publish: it is wrong"), { data: { code: "BAD_REQUEST", issues } });

function startForm(submit: () => Promise<number>) {
  const initial = { name: "" };
  const check = ({ name }: { name: string }) => (name ? {} : { name: "Say a name" });
  return createRoot(() => createForm({ initial, check, submit }));
}

test("Form.send() sends nothing that breaks our own rules", async () => {
  const form = startForm(() => Promise.reject(new Error("was sent")));
  expect(await form.send()).toBe(false);
  expect(form.error("name")).toBe("Say a name");
  form.set("name", "ops");
  expect(form.error("name")).toBeUndefined();
});

test("Form.send() puts the hub's refusals beside their fields, without repeating the value", async () => {
  const form = startForm(() => Promise.reject(refusal([{ path: "name", message: 'must be short (got "ops")' }])));
  form.set("name", "ops");
  expect(await form.send()).toBe(false);
  expect(form.error("name")).toBe("Must be short");
  expect(form.problem()).toBe("");
});

test("Form.send() puts faults deep in a value, each in a line with its pointer, beside the value's field", async () => {
  const faults = ["/name/code", "/name/items/0", "name.0"].map((path) => ({ path, message: "is wrong" }));
  const form = startForm(() => Promise.reject(refusal(faults)));
  form.set("name", "ops");
  await form.send();
  expect(form.error("name")).toBe("/code: Is wrong\n/items/0: Is wrong\nIs wrong");
});

test("Form.send() says what belongs to no field as the problem of the whole", async () => {
  const form = startForm(() => Promise.reject(refusal([{ path: "other", message: "is wrong" }])));
  form.set("name", "ops");
  await form.send();
  expect(form.problem()).toBe("Cannot publish: it is wrong");
  expect(form.isSending()).toBe(false);
});

test("Form.send() keeps what the sending gave, until the next one", async () => {
  const form = startForm(() => Promise.resolve(42));
  form.set("name", "ops");
  expect(await form.send()).toBe(true);
  expect(form.result()).toBe(42);
  form.set("name", "");
  await form.send();
  expect(form.result()).toBeUndefined();
});

test("the page's own rules refuse what the hub would refuse", () => {
  const draft = { ...NO_DRAFT, message: "hello" };
  expect(checkDraft(draft, 0)).toEqual({});
  expect(Object.keys(checkDraft({ ...draft, message: " ", title: "x".repeat(251) }, 0))).toEqual(["title", "message"]);
  expect(checkChannel({ name: "shop.orders" })).toEqual({});
  expect(checkChannel({ name: "shop orders" })).toHaveProperty("name");
  expect(checkSetUp({ email: "ada@example.com", password: "too short" })).toHaveProperty("password");
});

test("reasonOf() leaves out what was tried, and no part of a name", () => {
  expect(reasonOf("Cannot change the password: the current one is wrong")).toBe("The current one is wrong");
  expect(reasonOf('Cannot create user "a: b": this id is taken')).toBe("This id is taken");
  expect(reasonOf('Cannot create user "ada": ada@example.com is taken')).toBe("ada@example.com is taken");
  expect(reasonOf("Too many attempts. Try again in 2 s")).toBe("Too many attempts. Try again in 2 s");
});
