import { expect, test } from "vitest";
import { badge, usePlace, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const place = usePlace();

test("who acknowledges in one tab has done so in the other; delivered, read and acknowledged are three facts", async () => {
  await using ada = await visit(place.browser, place.server.url, { signedIn: true });
  const { page } = ada;
  const other = await ada.context.newPage();
  await other.goto(place.server.url);
  await badge(page, "Live");
  await badge(other, "Live");
  await place.server.publish({
    channel: "ops",
    severity: "critical",
    title: "Database down",
    message: "m",
    ack: "anyone",
  });
  await place.server.publish({ channel: "ops", title: "Nothing to do", message: "m" });
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
