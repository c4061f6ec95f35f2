import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../_server.ts";
import {
  badge,
  described,
  enter,
  hasFocus,
  launchBrowser,
  makeAdmin,
  PASSWORD,
  tabTo,
  title,
  visit,
} from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer()]);
  await makeAdmin(server.running.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

test("a channel is made with the keyboard alone, and a name that is taken is told in the dialog", async () => {
  await using ada = await visit(browser, `${server.url}/channels`, { signedIn: true });
  const { page } = ada;
  const { keyboard } = page;
  const open = page.getByRole("button", { name: "New channel" });
  const dialog = page.getByRole("dialog", { name: "New channel" });
  const name = dialog.getByLabel("Name");
  await open.waitFor();

  await tabTo(page, open);
  await keyboard.press("Enter");
  await eventually(() => hasFocus(name)).toBe(true);
  await keyboard.type("two words");
  await keyboard.press("Enter");
  await eventually(() => described(name)).toContain("May hold letters");
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("shop.orders");
  await keyboard.press("Tab");
  await keyboard.type("What was bought");
  await keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("heading", { name: "shop.orders" }).waitFor();
  await page.getByText("What was bought").waitFor();
  await eventually(() => hasFocus(open), "the focus comes back").toBe(true);

  await keyboard.press("Enter");
  await eventually(() => hasFocus(name)).toBe(true);
  expect(await name.inputValue()).toBe("");
  await keyboard.type("shop.orders");
  await keyboard.press("Enter");
  await dialog.getByText('Cannot create channel "shop.orders"').waitFor();
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await eventually(() => hasFocus(open)).toBe(true);
  expect(await page.getByRole("heading", { name: "shop.orders" }).count()).toBe(1);
  expect(ada.problems).toEqual([]);
});

test("the stats page shows the hub's numbers and keeps them current", async () => {
  await using ada = await visit(browser, server.url, { signedIn: true });
  const { page } = ada;
  await badge(page, "Live");
  const figure = (label: string) =>
    page
      .locator("dl > div")
      .filter({ has: page.getByText(label, { exact: true }) })
      .getByRole("definition")
      .first()
      .textContent();
  const { id } = await server.publish({ message: "counted" });
  await page.getByRole("link", { name: "Stats" }).click();
  await title(page, "Stats");
  await page.getByRole("heading", { name: "Notifications" }).waitFor();
  expect(await figure("Published")).toBe(`${id}`);
  expect(Number(await figure("Live"))).toBeGreaterThanOrEqual(1);
  expect(Number(await figure("Deliveries"))).toBeGreaterThanOrEqual(1);
  expect(await figure("Memory")).toMatch(/^\d+ MiB$/);
  await server.publish({ message: "counted, too" });
  await eventually(() => figure("Published")).toBe(`${id + 1}`);
  expect(ada.problems).toEqual([]);
});

test("the whole page fits a screen of 375 pixels, whatever is published", async () => {
  const long = `${"x".repeat(30)}.${"y".repeat(33)}`;
  await server.createChannel(long);
  const title = "W".repeat(250);
  await server.publish({
    channel: long,
    severity: "critical",
    title,
    message: "m".repeat(700),
    tags: ["t".repeat(40)],
  });
  await server.publish({ channel: long, message: "no title", link: `https://${"h".repeat(60)}.example.com/` });
  await server.publish({ channel: long, event: "progress", data: { text: "d".repeat(300) } });

  await using guest = await visit(browser, server.url, { viewport: { width: 375, height: 667 } });
  const { page } = guest;
  const expectFit = async () => expect(await widest(page), page.url()).toBeLessThanOrEqual(375);
  await page.getByRole("heading", { name: "Sign in to Belfry" }).waitFor();
  await expectFit();
  await enter(page, { password: PASSWORD, button: "Sign in" });
  await page.getByRole("heading", { name: title }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("article", { name: "Signal progress" }).locator("summary").click();
  await expectFit();

  await page.getByRole("link", { name: "Broadcast" }).click();
  await page.getByRole("combobox", { name: "Channel" }).selectOption(long);
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText("Write a message").waitFor();
  await expectFit();

  await page.getByRole("link", { name: "Channels" }).click();
  await page.getByRole("heading", { name: long }).waitFor();
  await expectFit();
  await page.getByRole("button", { name: "New channel" }).click();
  await page.getByRole("dialog").getByLabel("Name").waitFor();
  await expectFit();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: `Access to ${long}` }).click();
  await page.getByLabel("User who may read").fill("u".repeat(128));
  await page.getByLabel("User who may read").press("Enter");
  await page.getByRole("button", { name: "Remove u" }).waitFor();
  await expectFit();

  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Change ada" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reset link" }).click();
  await page.getByRole("dialog").getByLabel("Link for ada").waitFor();
  await expectFit();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Account" }).click();
  await page.getByText("This one").first().waitFor();
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("n".repeat(64));
  await page.getByRole("button", { name: "Create token" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Revoke n" }).waitFor();
  await expectFit();

  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("list", { name: "Audit trail" }).getByText("token.create").waitFor();
  await expectFit();

  await page.getByRole("link", { name: "Stats" }).click();
  await page.getByRole("heading", { name: "Notifications" }).waitFor();
  await expectFit();
  expect(guest.problems).toEqual([]);
});

/** How far to the right the page reaches, or a control on it that cannot be scrolled to, in CSS pixels. */
function widest(page: Page): Promise<number> {
  return page.evaluate(() => {
    const controls = [
      ...document.querySelectorAll("main a, main button, main input, main select, main textarea, h1, h2"),
    ];
    const edges = controls.map((control) => Math.floor(control.getBoundingClientRect().right));
    return Math.max(document.documentElement.scrollWidth, ...edges);
  });
}
