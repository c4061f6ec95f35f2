import { expect, test } from "vitest";
import { toLocal } from "../../../web/app/state/local_time.ts";
import { badge, title, titles, usePlace, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const place = usePlace();

/** Days from now, as `datetime-local` has it, in the test browser's zone: that of this process. */
const inDays = (days: number) => toLocal(Date.now() + days * 86_400_000);

test("a broadcast is scheduled, listed, moved, and cancelled; it never comes", async () => {
  await using ada = await visit(place.browser, `${place.server.url}/broadcast`, { signedIn: true });
  const { page } = ada;
  const list = page.getByRole("list", { name: "Scheduled" });
  await list.getByText("Nothing is scheduled").waitFor();
  await page.getByLabel("Title").fill("Maintenance");
  await page.getByLabel("Message", { exact: true }).fill("We are back soon");
  await page.getByText("When", { exact: true }).click();
  await page.getByLabel("Deliver at").fill("2020-01-01T08:00");
  await page.getByRole("button", { name: "Schedule" }).click();
  await page.getByText("Choose a time to come").waitFor();
  await page.getByLabel("Deliver at").fill(inDays(2));
  await page.getByRole("button", { name: "Schedule" }).click();
  await page.getByText(/^It is scheduled for/).waitFor();
  await list.getByRole("heading", { name: "Maintenance" }).waitFor();
  const before = await list.getByRole("time").textContent();

  await list.getByRole("button", { name: "Change Maintenance" }).click();
  const dialog = page.getByRole("dialog", { name: "Change what is scheduled" });
  await dialog.getByLabel("Deliver at").fill(inDays(3));
  await dialog.getByLabel("Title").fill("Longer maintenance");
  await dialog.getByRole("button", { name: "Save" }).click();
  await list.getByRole("heading", { name: "Longer maintenance" }).waitFor();
  expect(await list.getByRole("time").textContent()).not.toBe(before);

  await list.getByRole("button", { name: "Cancel Longer maintenance" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the notification" }).click();
  await list.getByText("Nothing is scheduled").waitFor();
  expect(place.server.storedIds()).toEqual([]);
  expect(ada.problems).toEqual([]);
});

test("what is removed, with a reason, leaves every screen; the trail keeps who and why", async () => {
  await using ada = await visit(place.browser, place.server.url, { signedIn: true });
  const { page } = ada;
  const other = await ada.context.newPage();
  await other.goto(place.server.url);
  await badge(page, "Live");
  await badge(other, "Live");
  await place.server.publish({ channel: "ops", title: "Sent in error", message: "m" });
  await place.server.publish({ channel: "ops", title: "Stays", message: "m" });
  await eventually(() => titles(other)).toEqual(["Stays", "Sent in error"]);
  const row = page.getByRole("article", { name: "Sent in error" });
  await row.getByRole("button", { name: "Details" }).click();
  await row.getByRole("button", { name: "Remove…" }).click();
  await page.getByRole("dialog").getByLabel("Why").fill("Wrong customer");
  await page.getByRole("dialog").getByRole("button", { name: "Remove for everyone" }).click();
  await eventually(() => titles(page)).toEqual(["Stays"]);
  await eventually(() => titles(other)).toEqual(["Stays"]);
  await eventually(() => other.title()).toBe("(1) Inbox · Belfry");
  await page.reload();
  await eventually(() => titles(page)).toEqual(["Stays"]);
  await page.getByRole("link", { name: "Audit" }).click();
  await title(page, "Audit");
  await page.getByText("Wrong customer").waitFor();
  expect(ada.problems).toEqual([]);
});

test("what a channel keeps, and what it is for, is changed on its page", async () => {
  await using ada = await visit(place.browser, `${place.server.url}/channels/ops`, { signedIn: true });
  const { page } = ada;
  await page.getByText("Kept: 90 days.").waitFor();
  await page.getByLabel("Description").fill("What breaks");
  await page.getByLabel("Days").fill("");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("Give days, a count, or both").waitFor();
  await page.getByLabel("Days").fill("40000");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("36500").waitFor();
  await page.getByLabel("Days").fill("7");
  await page.getByLabel("At most").fill("1000");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("Kept: 7 days, at most the newest 1000.").waitFor();
  await page.getByRole("radio", { name: "Forever" }).check();
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("Kept: everything, forever.").waitFor();
  await page.getByRole("link", { name: "All channels" }).click();
  await page.getByText("What breaks").waitFor();
  expect(ada.problems).toEqual([]);
});
