import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findPort } from "../../_port.ts";
import { TOKEN } from "../../_server.ts";
import { makeTempFolder } from "../../_temp.ts";
import { Program } from "../../scripts/_program.ts";
import { badge, launchBrowser, makeAdmin, titles, visit } from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test("a page whose hub is killed says so, keeps what it shows, and shows what it missed exactly once", async () => {
  using folder = makeTempFolder();
  const port = await findPort();
  const url = `http://127.0.0.1:${port}`;
  const env = { BELFRY_PORT: `${port}`, BELFRY_DATA: folder.path, BELFRY_ADMIN_TOKEN: TOKEN };
  const start = async () => {
    const program = new Program(["serve"], { env });
    await program.prints(/Belfry listens on /);
    return program;
  };
  const publish = async (title: string) => {
    const response = await fetch(`${url}/api/notifications`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ title, message: "m" }),
    });
    expect(response.status).toBe(201);
  };

  await using first = await start();
  await makeAdmin((await first.prints(/http:\S+\/setup#[\w-]{43}/))[0]);
  await using ada = await visit(browser, url, { signedIn: true });
  const { page } = ada;
  await badge(page, "Live");
  await publish("Before");
  await eventually(() => titles(page)).toEqual(["Before"]);

  first.kill("SIGKILL");
  await first.ended();
  await badge(page, "Offline, reconnecting…");
  expect(await titles(page)).toEqual(["Before"]);
  await page.getByRole("link", { name: "Broadcast" }).click();
  await page.getByLabel("Title").fill("Written while away");
  await page.getByLabel("Message").fill("m");
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByRole("alert").getByText("Cannot reach the hub").first().waitFor();

  await using _second = await start();
  await publish("Right after");
  await page.getByRole("button", { name: "Broadcast" }).click();
  await page.getByText("is stored").waitFor();
  await badge(page, "Live");
  await publish("Live again");
  await page.getByRole("link", { name: /^Inbox/ }).click();
  const all = ["Live again", "Written while away", "Right after", "Before"];
  await eventually(() => titles(page)).toEqual(all);
  await page.reload();
  await eventually(() => titles(page)).toEqual(all);
  // The browser itself prints every attempt that found nobody; the page prints nothing.
  expect(ada.problems.filter((problem) => !/net::ERR_/.test(problem))).toEqual([]);
});
