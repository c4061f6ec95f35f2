import { expect, test } from "vitest";
import { usePlace, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const place = usePlace();

test("the stats page draws what was counted, says it to screen readers, and gives it away as files", async () => {
  await place.server.publish({ channel: "ops", title: "One", message: "m" });
  await place.server.publish({ channel: "ops", title: "Two", message: "m" });
  await place.server.publish({ message: "Three" });
  // Counted behind the log.
  await eventually(async () => (await place.server.query("stats.history")).text()).toContain('"published":3');
  await using ada = await visit(place.browser, `${place.server.url}/stats`, { signedIn: true });
  const { page } = ada;
  await page.getByRole("img", { name: "Published per day: 3, at most 3 a day" }).waitFor();
  await page.getByText("By channel, as a table").click();
  await page.getByRole("row", { name: "ops 2" }).waitFor();
  await page.getByText("By day, as a table").click();
  expect(await page.getByRole("region", { name: "By day" }).getByRole("row").count()).toBe(91);

  await page.getByRole("combobox", { name: "Channel" }).selectOption("ops");
  await page.getByRole("img", { name: "Published per day: 2, at most 2 a day" }).waitFor();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "JSON lines" }).click(),
  ]);
  const lines = (await (await file.createReadStream()).toArray()).join("").trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { title: string }).title).toSorted()).toEqual(["One", "Two"]);
  expect(ada.problems).toEqual([]);
});
