import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../_server.ts";
import { described, hasFocus, launchBrowser, makeAdmin, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const SCHEMA = {
  type: "object",
  required: ["code"],
  properties: { code: { type: "string" } },
};

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer({ channels: ["orders"] })]);
  await makeAdmin(server.running.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

test("a type is registered and changed in a form, and what is wrong stands beside its field", async () => {
  await using ada = await visit(browser, `${server.url}/types`, { signedIn: true });
  const { page } = ada;
  const dialog = page.getByRole("dialog", { name: "New type" });
  const schema = dialog.getByLabel("JSON Schema of the data");
  const title = dialog.getByLabel("Title template");
  await page.getByText("No types yet").waitFor();
  await page.getByRole("button", { name: "New type" }).click();
  await dialog.getByLabel("Name").fill("order.created");
  await dialog.getByLabel("Channel").selectOption("orders");
  await dialog.getByLabel("Severity").selectOption("warning");
  await title.fill("Order {{data.cod}} paid");
  await schema.fill('{ "type": ');
  await dialog.getByRole("button", { name: "Register type" }).click();
  await eventually(() => described(schema)).toContain("This is no JSON");
  await eventually(() => hasFocus(schema)).toBe(true);
  await schema.fill('{ "properties": { "code": { "type": "strin" } } }');
  await dialog.getByRole("button", { name: "Register type" }).click();
  await eventually(() => described(schema)).toContain("/properties/code/type: Is no JSON Schema");
  await schema.fill(JSON.stringify(SCHEMA));
  await dialog.getByRole("button", { name: "Register type" }).click();
  await eventually(() => described(title)).toContain("Names {{data.cod}}");
  await title.fill("Order {{data.code}} paid");
  await dialog.getByRole("button", { name: "Register type" }).click();
  await page.getByRole("status").getByText("order.created version 1 was registered").waitFor();

  await page.getByRole("button", { name: "Change order.created" }).click();
  const card = page.getByRole("dialog", { name: "order.created" });
  const changed = { ...SCHEMA, required: ["code", "total"], properties: { code: {}, total: { type: "number" } } };
  await card.getByLabel("JSON Schema of the data").fill(JSON.stringify(changed));
  await card.getByRole("button", { name: "Save" }).click();
  await card.getByRole("alert").getByText("register it as version 2").waitFor();
  await card.getByRole("radio", { name: "New version 2" }).check();
  await card.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").getByText("order.created version 2 was registered").waitFor();
  await page.getByRole("heading", { name: "order.created version 2" }).waitFor();
  expect(ada.problems).toEqual([]);
});

test("a broadcast of a type begins with what the type says, and its data are answered field by field", async () => {
  const type = { name: "order.paid", severity: "success", channel: "orders", message: "{{data.code}} is paid" };
  expect((await server.mutate("types.register", { ...type, schema: SCHEMA })).status).toBe(200);
  await using ada = await visit(browser, `${server.url}/broadcast`, { signedIn: true });
  const { page } = ada;
  const data = page.getByLabel("Data");
  await page.getByLabel("Type").selectOption("order.paid");
  await eventually(() => page.getByLabel("Channel").inputValue()).toBe("orders");
  expect(await page.getByRole("radio", { name: "Success" }).isChecked()).toBe(true);
  expect(JSON.parse(await data.inputValue())).toEqual({ code: "" });
  await page.getByRole("rowheader", { name: "code" }).waitFor();
  await data.fill('{ "code": 7 }');
  await page.getByRole("button", { name: "Broadcast" }).click();
  await eventually(() => described(data)).toContain("/code: Must be string");
  await data.fill('{ "code": "A7" }');
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText(/Notification \d+ is stored and on its way to orders\./).waitFor();
  const { items } = (await (await server.fetch("/api/notifications")).json()) as { items: { message: string }[] };
  expect(items[0]?.message).toBe("A7 is paid");
  expect(ada.problems).toEqual([]);
});
