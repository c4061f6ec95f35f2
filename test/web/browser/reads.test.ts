import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { badge, tabTo, titles, usePlace, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const place = usePlace();

const row = (page: Page, name: string) => page.getByRole("article", { name, exact: true });
const isUnread = async (page: Page, name: string) =>
  (await row(page, name).getByText("Unread", { exact: true }).count()) > 0;

test("what is read in one tab is read in the other at once: by a click, by the keyboard, and all of a channel", async () => {
  await using ada = await visit(place.browser, place.server.url, { signedIn: true });
  const { page } = ada;
  const other = await ada.context.newPage();
  await other.goto(`${place.server.url}/channels`);
  await badge(page, "Live");
  await badge(other, "Live");
  for (const [channel, title] of [
    ["ops", "One"],
    ["ops", "Two"],
    ["general", "Three"],
    ["ops", "Four"],
  ] as const) {
    await place.server.publish({ channel, title, message: "m" });
  }
  await eventually(() => page.title()).toBe("(4) Inbox · Belfry");
  await eventually(() => other.title()).toBe("(4) Channels · Belfry");
  await other.getByRole("link", { name: "Inbox 4 unread" }).click();
  await eventually(() => isUnread(other, "One")).toBe(true);

  await row(page, "One").getByText("m", { exact: true }).click();
  await eventually(() => isUnread(other, "One")).toBe(false);
  await eventually(() => other.title()).toBe("(3) Inbox · Belfry");
  const button = row(page, "Two").getByRole("button", { name: "Mark read" });
  await tabTo(page, button);
  await page.keyboard.press("Enter");
  await eventually(() => isUnread(other, "Two")).toBe(false);
  await row(other, "Two").getByRole("button", { name: "Mark unread" }).click();
  await eventually(() => isUnread(page, "Two")).toBe(true);

  await page.getByRole("combobox", { name: "Channel" }).selectOption({ label: "ops (2)" });
  await page.getByRole("button", { name: "Mark all of ops read" }).click();
  await eventually(() => isUnread(other, "Four")).toBe(false);
  expect(await isUnread(other, "Three"), "of another channel").toBe(true);
  await eventually(() => other.title()).toBe("(1) Inbox · Belfry");
  await other.getByRole("button", { name: "Mark all read" }).click();
  await eventually(() => page.title()).toBe("Inbox · Belfry");
  await page.reload();
  await row(page, "Three").waitFor();
  expect(await page.getByText("Unread", { exact: true }).count(), "the hub remembers").toBe(0);
  expect(ada.problems).toEqual([]);
});

test("the inbox is narrowed to what is unread and to a time, and words are found in the history", async () => {
  await place.server.publish({ channel: "ops", title: "Fresh news", message: "a needle in the hay" });
  await using ada = await visit(place.browser, place.server.url, { signedIn: true });
  const { page } = ada;
  await page.getByRole("combobox", { name: "Read state" }).selectOption("Unread only");
  await eventually(() => titles(page)).toEqual(["Fresh news"]);
  await page.getByRole("combobox", { name: "Read state" }).selectOption("Read only");
  await eventually(() => titles(page)).not.toContain("Fresh news");
  await page.getByRole("combobox", { name: "Read state" }).selectOption("Everything");
  await page.getByRole("searchbox").fill("need hay");
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("searchbox").fill("hay needle");
  await eventually(() => titles(page)).toEqual(["Fresh news"]);
  await page.getByText("More filters").click();
  await page.getByLabel("Until").fill("2020-01-01T00:00");
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await eventually(() => titles(page)).toContain("Three");
  expect(ada.problems).toEqual([]);
});

test("an admin sees what is addressed to others only when asking for it", async () => {
  await using ada = await visit(place.browser, place.server.url, { signedIn: true });
  const { page } = ada;
  await badge(page, "Live");
  await place.server.publish({ channel: "ops", title: "For Bob alone", message: "m", to: "bob" });
  await place.server.publish({ channel: "ops", title: "For all", message: "m" });
  await row(page, "For all").waitFor();
  expect(await row(page, "For Bob alone").count()).toBe(0);
  await page.getByText("More filters").click();
  await page.getByLabel("Also what is addressed to others").check();
  await row(page, "For Bob alone").waitFor();
  await badge(page, "Live");
  await place.server.publish({ channel: "ops", title: "For Bob again", message: "m", to: "bob" });
  await row(page, "For Bob again").waitFor();
  await page.getByLabel("Also what is addressed to others").uncheck();
  await eventually(() => row(page, "For Bob alone").count()).toBe(0);
  await row(page, "For all").waitFor();
  expect(ada.problems).toEqual([]);
});
