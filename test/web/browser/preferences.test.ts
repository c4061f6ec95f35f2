/** Preferences as people set them on the account page, and what the page does then with what arrives. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../_server.ts";
import { badge, described, launchBrowser, makeAdmin, title, titles, type Visit, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer({ channels: ["orders", "deploys"] })]);
  await makeAdmin(server.running.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** What the page asked of the browser, in order. */
interface Asked {
  readonly notes: number[];
  readonly shown: string[];
}

/** A window whose sounds and notifications are noted, and which nobody looks at. */
async function open(path: string, viewport?: { width: number; height: number }): Promise<Visit> {
  const opened = await visit(browser, server.url + path, { signedIn: true, ...(viewport && { viewport }) });
  const { page, context } = opened;
  await context.grantPermissions(["notifications"]);
  await page.addInitScript(() => {
    const asked: Asked = { notes: [], shown: [] };
    Object.assign(window, { asked });
    document.hasFocus = () => false;
    const create = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function (this: AudioContext) {
      asked.notes.push(this.currentTime);
      return create.call(this);
    };
    window.Notification = class extends window.Notification {
      constructor(text: string, options?: NotificationOptions) {
        super(text, options);
        asked.shown.push(`${text}: ${options?.body}`);
      }
    };
  });
  await page.goto(server.url + path);
  return opened;
}
const asked = (page: Page) => page.evaluate(() => (window as unknown as { asked: Asked }).asked);

async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save preferences" }).click();
  await page.getByText("Your preferences are saved.").waitFor();
}

test("a muted channel comes to no open inbox until it is unmuted; the history has it", async () => {
  await using screen = await open("/");
  await badge(screen.page, "Live");
  await using account = await open("/account");
  const { page } = account;
  await title(page, "Account");
  await page.getByLabel("Channel", { exact: true }).selectOption("orders");
  await page.getByLabel("What to show").selectOption("Mute for 8 hours");
  await page.getByRole("button", { name: "Add" }).click();
  const rules = page.getByRole("list", { name: "What is wanted of single channels" });
  await rules.getByText(/^muted until/).waitFor();
  await page.getByLabel("Channel", { exact: true }).selectOption("deploys");
  await page.getByLabel("What to show").selectOption("From error on");
  await page.getByRole("button", { name: "Add" }).click();
  await rules.getByText("from error on").waitFor();

  await server.publish({ channel: "orders", title: "Muted", message: "m", severity: "critical" });
  await server.publish({ channel: "deploys", title: "Too mild", message: "m", severity: "warning" });
  await server.publish({ channel: "deploys", title: "Failed", message: "m", severity: "error" });
  await eventually(() => titles(screen.page)).toEqual(["Failed"]);
  await page.getByRole("button", { name: "Unmute orders" }).click();
  await page.getByRole("button", { name: "Remove deploys" }).click();
  await eventually(() => rules.getByRole("listitem").count()).toBe(0);
  await server.publish({ channel: "orders", title: "Again", message: "m" });
  await eventually(() => titles(screen.page)).toEqual(["Again", "Failed"]);
  await screen.page.reload();
  await eventually(() => titles(screen.page)).toEqual(["Again", "Failed", "Too mild", "Muted"]);
  for (const { problems } of [screen, account]) expect(problems).toEqual([]);
});

test("quiet hours begin with the browser's zone, are checked beside their fields, and are there after a reload", async () => {
  await using account = await open("/account", { width: 390, height: 844 });
  const { page } = account;
  await page.getByLabel("Quiet hours").check();
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(await page.getByLabel("Time zone").inputValue()).toBe(zone);
  await page.getByLabel("Until").fill("22:00");
  await page.getByRole("button", { name: "Save preferences" }).click();
  await eventually(() => described(page.getByLabel("Until"))).toBe("Must be another time than the beginning");
  await page.getByLabel("Until").fill("06:30");
  await page.getByLabel("Time zone").selectOption("Australia/Lord_Howe");
  for (const day of ["Saturday", "Sunday"]) await page.getByRole("checkbox", { name: day }).uncheck();
  await page.getByLabel("Critical ones come all the same").uncheck();
  await page.getByLabel("Show me").selectOption("Warning and worse");
  await save(page);
  await page.reload();
  expect(await page.getByLabel("Until").inputValue()).toBe("06:30");
  expect(await page.getByLabel("Time zone").inputValue()).toBe("Australia/Lord_Howe");
  expect(await page.getByRole("checkbox", { name: "Sunday" }).isChecked()).toBe(false);
  expect(await page.getByLabel("Critical ones come all the same").isChecked()).toBe(false);
  expect(await page.getByLabel("Show me").inputValue()).toBe("warning");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, "nothing is wider than the screen").toBe(390);
  await page.getByLabel("Quiet hours").uncheck();
  await page.getByLabel("Show me").selectOption("Everything");
  await save(page);
  expect(account.problems).toEqual([]);
});

test("what arrives sounds, and is shown by the browser, once both are on", async () => {
  await using account = await open("/account");
  const { page } = account;
  await badge(page, "Live");
  await server.publish({ title: "Unheard", message: "m" });
  await page.getByLabel("Sound").check();
  await page.getByLabel("Notifications of the browser").check();
  await page.getByText("Shown while you do not look at this page.").waitFor();
  await save(page);
  const before = (await asked(page)).notes.length;
  await server.publish({ title: "Heard", message: "in the background" });
  await eventually(async () => (await asked(page)).shown).toEqual(["Heard: in the background"]);
  await eventually(async () => (await asked(page)).notes.length - before, "two notes").toBe(2);
  await page.getByLabel("Sound").uncheck();
  await page.getByLabel("Notifications of the browser").uncheck();
  await save(page);
  expect(account.problems).toEqual([]);
});
