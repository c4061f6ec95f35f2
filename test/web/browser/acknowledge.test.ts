import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../_server.ts";
import { badge, launchBrowser, makeAdmin, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer({ channels: ["ops"] })]);
  await makeAdmin(server.running.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

test("who acknowledges in one tab has done so in the other; delivered, read and acknowledged are three facts", async () => {
  await using ada = await visit(browser, server.url, { signedIn: true });
  const { page } = ada;
  const other = await ada.context.newPage();
  await other.goto(server.url);
  await badge(page, "Live");
  await badge(other, "Live");
  await server.publish({ channel: "ops", severity: "critical", title: "Database down", message: "m", ack: "anyone" });
  await server.publish({ channel: "ops", title: "Nothing to do", message: "m" });
  const row = page.getByRole("article", { name: "Database down" });
  await row.getByText("Somebody has to acknowledge it").waitFor();
  await page.getByRole("article", { name: "Nothing to do" }).waitFor();
  expect(await page.getByRole("button", { name: "Acknowledge" }).count(), "only what asks for it").toBe(1);
  await row.getByRole("button", { name: "Details" }).click();
  const fact = (name: string) =>
    row.locator("dl > div").filter({ hasText: name }).getByRole("definition").first().textContent();
  await eventually(() => fact("Acknowledged (0)")).toBe("nobody");

  await row.getByRole("button", { name: "Acknowledge" }).click();
  await row.getByText("Acknowledged by you").waitFor();
  await eventually(() => row.getByRole("button", { name: "Acknowledge" }).count()).toBe(0);
  await other.getByText("Acknowledged by you").waitFor();
  await eventually(() => fact("Acknowledged (1)")).toMatch(/^admin/);
  await eventually(() => fact("Still to acknowledge (0)")).toBe("nobody");
  await page.reload();
  await row.getByText("Acknowledged by you").waitFor();
  await row.getByRole("button", { name: "Details" }).click();
  await eventually(() => fact("Read (1)")).toMatch(/^admin/);
  await eventually(() => fact("Delivered live (1)")).toMatch(/^admin/);
  expect(ada.problems).toEqual([]);
});
