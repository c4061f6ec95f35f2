import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../_server.ts";
import { badge, described, hasFocus, launchBrowser, makeAdmin, titles, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer({ channels: ["history", "ops"] })]);
  await makeAdmin(server.running.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

test("a broadcast is seen in another browser at once, as it was written", async () => {
  await using ada = await visit(browser, `${server.url}/broadcast`, { signedIn: true });
  await using bob = await visit(browser, server.url, { signedIn: true });
  await badge(bob.page, "Live");
  await bob.page.getByText("All quiet").waitFor();

  const { page } = ada;
  await page.getByLabel("Channel").selectOption("ops");
  await page.getByRole("radio", { name: "Warning" }).check();
  await page.getByLabel("Title").fill("<b>Disk</b> nearly full");
  await page.getByLabel("Message").fill("<img src=x onerror=alert(1)> 96 %");
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText(/Notification \d+ is stored and on its way to ops\./).waitFor();
  expect(await page.getByLabel("Message").inputValue(), "the form is empty again").toBe("");

  const row = bob.page.getByRole("article", { name: "<b>Disk</b> nearly full" });
  await row.getByText("<img src=x onerror=alert(1)> 96 %").waitFor();
  await row.getByText("Warning", { exact: true }).waitFor();
  await row.getByText("ops", { exact: true }).waitFor();
  await bob.page.getByRole("status").getByText("Warning in ops: <b>Disk</b> nearly full").waitFor();
  expect(await bob.page.locator("main img").count()).toBe(0);
  expect(ada.problems).toEqual([]);
  expect(bob.problems).toEqual([]);
});

test("a broadcast to some says so beside its button, and the next one goes to everyone again", async () => {
  await using ada = await visit(browser, `${server.url}/broadcast`, { signedIn: true });
  const { page } = ada;
  const send = page.getByRole("button", { name: "Broadcast" });
  await page.getByText("Recipients and replacing").click();
  await page.getByRole("textbox", { name: /^To\b/ }).fill("admin, cho dan eve admin");
  await page.getByText("Recipients and replacing").click();
  await eventually(() => described(send)).toBe("Only to admin, cho, dan and 1 more");
  await page.getByLabel("Message").fill("Only for some");
  await send.click();
  await page.getByText(/is stored and on its way/).waitFor();
  await eventually(() => described(send)).toBe("");
  await page.getByLabel("Message").fill("For everyone");
  await send.click();
  const answers = () => server.fetch("/api/notifications?limit=2&all=true").then((response) => response.json());
  await eventually(async () => (await answers()).items[0].message).toBe("For everyone");
  expect((await answers()).items.map(({ to }: { to?: string[] }) => to)).toEqual([
    undefined,
    ["admin", "cho", "dan", "eve"],
  ]);
  expect(ada.problems).toEqual([]);
});

test("Markdown is shown as elements, and an action that is no link as text in the details", async () => {
  await using ada = await visit(browser, server.url, { signedIn: true });
  await badge(ada.page, "Live");
  const actions = [
    { label: "Open run", url: "https://ci.example.com/7" },
    { label: "Restart", url: "https://ci.example.com/7/restart", method: "POST" },
  ];
  await server.publish({ channel: "ops", title: "Build failed", message: "**m**", format: "markdown", actions });
  const row = ada.page.getByRole("article", { name: "Build failed" });
  await row.getByRole("link", { name: "Open run" }).waitFor();
  await row.getByRole("button", { name: "Details" }).click();
  await row.getByRole("strong").getByText("m", { exact: true }).waitFor();
  await row.getByText("POST https://ci.example.com/7/restart").waitFor();
  expect(await row.getByRole("link").count()).toBe(1);
  expect(ada.problems).toEqual([]);
});

test("what is wrong with a broadcast stands beside its field, and nothing is published", async () => {
  const before = server.storedIds();
  await using ada = await visit(browser, `${server.url}/broadcast`, { signedIn: true });
  const { page } = ada;
  const send = page.getByRole("button", { name: "Broadcast" });
  const message = page.getByLabel("Message");
  await page.getByLabel("Title").fill("x".repeat(251));
  await send.click();
  await eventually(() => described(page.getByLabel("Title"))).toBe("Must have at most 250 characters, has 251");
  expect(await described(message)).toBe("Write a message");
  await eventually(() => hasFocus(page.getByLabel("Title")), "the first that is wrong").toBe(true);

  // Only the hub knows how long a message may be.
  await page.getByLabel("Title").fill("");
  await message.fill("x".repeat(16 * 1024 + 1));
  await send.click();
  await eventually(() => described(message)).toContain("16384");
  expect((await message.inputValue()).length, "what was written is still there").toBe(16 * 1024 + 1);
  expect(await page.getByText("is stored").count()).toBe(0);
  expect(server.storedIds()).toEqual(before);

  await message.fill("Short");
  expect(await described(message), "the error goes with its cause").toBe("");
  expect(ada.problems).toEqual([]);
});

test("a reload keeps the history, the newest first, and older pages join without a gap or a repeat", async () => {
  const names = Array.from({ length: 120 }, (_, n) => `History ${n + 1}`);
  for (const name of names.slice(0, 119)) await server.publish({ channel: "history", title: name, message: "m" });
  await using ada = await visit(browser, server.url, { signedIn: true });
  const { page } = ada;
  const newest = (count: number) => names.toReversed().slice(0, count);
  const shown = async () => (await titles(page)).filter((name) => name.startsWith("History"));
  await badge(page, "Live");
  await eventually(shown).toEqual(newest(51).slice(1));
  await server.publish({ channel: "history", title: "History 120", message: "m" });
  await eventually(shown).toEqual(newest(51));

  await page.reload();
  await eventually(shown).toEqual(newest(50));
  await page.getByRole("button", { name: "Load older" }).click();
  await eventually(shown).toEqual(newest(100));
  await page.getByRole("button", { name: "Load older" }).click();
  await eventually(shown).toEqual(newest(120));
  await page.getByText("That is everything.").waitFor();
  expect(ada.problems).toEqual([]);
});

test("the inbox is narrowed by channel, severity and words, for what is there and for what arrives", async () => {
  await server.publish({ channel: "ops", severity: "error", title: "Backup failed", message: "tape 4" });
  await server.publish({ channel: "ops", severity: "info", title: "Backup started", message: "tape 4" });
  await using ada = await visit(browser, server.url, { signedIn: true });
  const { page } = ada;
  await badge(page, "Live");
  await page.getByRole("combobox", { name: "Channel" }).selectOption("ops");
  await page.getByRole("combobox", { name: "Severity" }).selectOption("error");
  await eventually(() => titles(page)).toEqual(["Backup failed"]);
  await server.publish({ channel: "ops", severity: "warning", title: "Not shown", message: "m" });
  await server.publish({ channel: "ops", severity: "critical", title: "Backup lost", message: "tape 5" });
  await eventually(() => titles(page)).toEqual(["Backup lost", "Backup failed"]);
  await page.getByRole("searchbox").fill("TAPE 4");
  await eventually(() => titles(page)).toEqual(["Backup failed"]);
  await page.getByRole("searchbox").fill("nothing like it");
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("heading", { name: "Not shown" }).waitFor();
  expect(ada.problems).toEqual([]);
});
