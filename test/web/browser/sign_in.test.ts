import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer } from "../../_server.ts";
import {
  badge,
  described,
  EMAIL,
  enter,
  launchBrowser,
  makeAdmin,
  PASSWORD,
  title,
  titles,
  visit,
} from "./_browser.ts";
import { eventually } from "./_eventually.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test("the one-time link makes the admin and leads to the inbox, signed in; nobody can use it again", async () => {
  await using server = await startTestServer();
  const link = server.running.setUpLink ?? "";
  await using first = await visit(browser, link);
  await using late = await visit(browser, link);
  await title(late.page, "Set up Belfry");

  await enter(first.page, { password: "short", button: "Create admin" });
  await eventually(() => described(first.page.getByLabel("Password"))).toContain("Must have at least 10 characters");
  await enter(first.page, { password: PASSWORD, button: "Create admin" });
  await title(first.page, "Inbox");
  await badge(first.page, "Live");
  await first.page.getByText(EMAIL).waitFor();
  await eventually(() => first.page.url(), "the secret does not stay in the address").toBe(`${server.url}/`);

  await enter(late.page, { email: "eve@example.com", password: PASSWORD, button: "Create admin" });
  await late.page.getByRole("alert").getByText("Cannot").waitFor();
  expect(await late.context.cookies()).toEqual([]);
  await late.page.reload();
  await title(late.page, "Sign in to Belfry");
  await late.page.getByText("Belfry is set up already").waitFor();
  await enter(late.page, { email: "eve@example.com", password: PASSWORD, button: "Sign in" });
  await late.page.getByRole("alert").getByText("e-mail or password is wrong").waitFor();
  expect(first.problems).toEqual([]);
  expect(late.problems).toEqual([]);
});

test("without the one-time link the page of a new hub says where to find it", async () => {
  await using server = await startTestServer();
  await using guest = await visit(browser, server.url);
  await title(guest.page, "Almost there");
  expect(await guest.page.getByRole("button", { name: "Create admin" }).count()).toBe(0);
  expect(await guest.page.content()).not.toContain(new URL(server.running.setUpLink ?? "").hash.slice(1));
});

test("a wrong password is told, the right one leads to the page that was asked for, signing out leads back", async () => {
  await using server = await startTestServer();
  await makeAdmin(server.running.setUpLink);
  await server.publish({ title: "For admins only", message: "secret" });
  await using guest = await visit(browser, `${server.url}/channels`);
  const { page, context } = guest;
  await title(page, "Sign in to Belfry");

  await enter(page, { email: "ada", password: "", button: "Sign in" });
  await eventually(() => described(page.getByLabel("E-mail"))).toBe("Enter your e-mail address");
  expect(await described(page.getByLabel("Password"))).toBe("Enter your password");
  await enter(page, { password: "not the password", button: "Sign in" });
  await page.getByRole("alert").getByText("Cannot sign in: e-mail or password is wrong").waitFor();
  expect(await context.cookies()).toEqual([]);

  await enter(page, { password: PASSWORD, button: "Sign in" });
  await title(page, "Channels");
  await page.getByRole("link", { name: "Inbox" }).click();
  await eventually(() => titles(page)).toEqual(["For admins only"]);

  await page.getByRole("button", { name: "Sign out" }).click();
  await title(page, "Sign in to Belfry");
  expect(await page.content()).not.toContain("For admins only");
  expect(await context.cookies()).toEqual([]);
  await page.reload();
  await title(page, "Sign in to Belfry");
  expect(guest.problems).toEqual([]);
});

test("who is signed out in one tab is signed out in the other by itself", async () => {
  await using server = await startTestServer();
  await makeAdmin(server.running.setUpLink);
  await using ada = await visit(browser, server.url, { signedIn: true });
  await badge(ada.page, "Live");
  const other = await ada.context.newPage();
  await other.goto(server.url);
  await other.getByRole("button", { name: "Sign out" }).click();
  await title(other, "Sign in to Belfry");
  await title(ada.page, "Sign in to Belfry");
  expect(ada.problems).toEqual([]);
});
