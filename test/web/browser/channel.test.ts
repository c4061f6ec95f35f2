import { expect, test } from "vitest";
import { usePlace, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const place = usePlace();

test("a channel's status board shows the latest state of each key, and follows", async () => {
  const progress = (done: number) => ({ channel: "ops", event: "progress", key: "backup", data: { progress: done } });
  await place.server.publish(progress(10));
  await place.server.publish({
    channel: "ops",
    severity: "error",
    title: "Disk full",
    message: "96 % of db-3",
    key: "disk",
  });
  await place.server.publish({ channel: "ops", title: "Without a key", message: "m" });
  await place.server.publish(progress(40));
  await using ada = await visit(place.browser, `${place.server.url}/channels`, { signedIn: true });
  const { page } = ada;
  await page.getByRole("link", { name: "ops", exact: true }).click();
  const board = page.getByRole("list", { name: "Status board" });
  const bar = board.getByRole("progressbar", { name: "Progress of backup" });
  await eventually(() => bar.getAttribute("value")).toBe("0.4");
  expect((await board.getByRole("heading").allTextContents()).toSorted()).toEqual(["backup", "disk"]);
  await board.getByText("Disk full").waitFor();
  await board.getByText("96 % of db-3").waitFor();
  await board.getByText("Error", { exact: true }).waitFor();
  expect(await page.getByText("Without a key").count()).toBe(0);
  await place.server.publish(progress(90));
  await eventually(() => bar.getAttribute("value")).toBe("0.9");
  expect(ada.problems).toEqual([]);
});
