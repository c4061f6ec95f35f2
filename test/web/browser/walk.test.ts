import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer } from "../../_server.ts";
import { badge, enter, launchBrowser, PASSWORD, title, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test("a walk through every page breaks no content security policy and prints no error", async () => {
  await using server = await startTestServer();
  await using ada = await visit(browser, server.running.setUpLink ?? "");
  const { page, context } = ada;
  const follow = async (name: string) => {
    await page.getByRole("link", { name, exact: true }).click();
    await title(page, name);
  };
  await enter(page, { password: PASSWORD, button: "Create admin" });
  await badge(page, "Live");
  expect(await page.evaluate(() => document.cookie), "out of reach of scripts").toBe("");
  const [cookie, ...more] = await context.cookies();
  expect(cookie).toMatchObject({ name: "belfry_session", httpOnly: true, sameSite: "Lax", path: "/" });
  expect(more).toEqual([]);

  await server.publish({
    title: "With everything",
    message: "m".repeat(700),
    severity: "critical",
    link: "https://example.com/a",
    icon: "https://example.com/icon.png",
    tags: ["one"],
    actions: [{ label: "Open", url: "https://example.com/b" }],
  });
  await server.publish({ event: "progress", data: { percent: 40 } });
  await page.getByRole("article", { name: "With everything" }).getByRole("button", { name: "Show all" }).click();
  await page.getByRole("article", { name: "Signal progress" }).locator("summary").click();
  await follow("Broadcast");
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText("Write a message").waitFor();
  await page.getByLabel("Message").fill("Hello");
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText("Notification 3 is stored and on its way to general.").waitFor();
  await follow("Channels");
  await page.getByRole("button", { name: "New channel" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("general");
  await page.getByRole("button", { name: "Create channel" }).click();
  await page.getByRole("dialog").getByText("Cannot create").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Access to general" }).click();
  await page.getByRole("heading", { name: "Manage" }).waitFor();
  for (const name of ["Users", "Audit"]) {
    await follow(name);
    await page.getByRole("main").getByRole("listitem").first().waitFor();
  }
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByText("This one").waitFor();
  await follow("Stats");
  await page.getByRole("heading", { name: "Disk and process" }).waitFor();
  for (const theme of ["light", "dark", "as on this device"]) {
    await page.getByRole("button", { name: `Switch to ${theme}` }).click();
  }
  await page.goto(`${server.url}/nowhere`);
  await title(page, "Not found");
  await page.getByRole("link", { name: "Go to the inbox" }).click();
  await badge(page, "Live");
  await page.goBack();
  await title(page, "Not found");
  await page.getByRole("button", { name: "Sign out" }).click();
  await enter(page, { password: "not the password", button: "Sign in" });
  await page.getByRole("alert").waitFor();
  expect(ada.problems).toEqual([]);
});

test("what the page must not do would be noticed: the walk's proof against itself", async () => {
  await using server = await startTestServer();
  await using guest = await visit(browser, server.url);
  await title(guest.page, "Almost there");
  await guest.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.isBroken = true";
    document.body.append(script);
  });
  await eventually(() => guest.problems.join()).toContain("script-src");
  expect(await guest.page.evaluate(() => "isBroken" in globalThis)).toBe(false);
});
