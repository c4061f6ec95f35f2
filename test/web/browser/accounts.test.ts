/** Who may do what, as people see it in the page: invitations, tokens, grants, the ends of sessions, the trail. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JWT_SECRET, query, signJwt } from "../../_people.ts";
import { startTestServer, type TestServer } from "../../_server.ts";
import {
  badge,
  described,
  enter,
  launchBrowser,
  makeAdmin,
  PASSWORD,
  title,
  titles,
  type Visit,
  visit,
} from "./_browser.ts";
import { eventually } from "./_eventually.ts";

const env = { BELFRY_JWT_SECRET: JWT_SECRET };
let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer({ channels: ["ops", "closed"], env })]);
  await makeAdmin(server.running.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** Answers what a mutation of the admin token's gave. */
async function call<Result>(path: string, input: object): Promise<Result> {
  const response = await server.mutate(path, input);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { result: { data: Result } }).result.data;
}

async function setPassword(page: Page): Promise<void> {
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
}

/** A new member's window, at the inbox. */
async function join(id: string): Promise<Visit> {
  const { link } = await call<{ link: string }>("users.invite", { email: `${id}@example.com`, id, name: id });
  const guest = await visit(browser, link);
  await setPassword(guest.page);
  await title(guest.page, "Inbox");
  await badge(guest.page, "Live");
  return guest;
}

test("an invitation leads to a member who sees the inbox and no page of the admins'", async () => {
  await server.publish({ channel: "ops", title: "For everyone signed in", message: "m" });
  await using ada = await visit(browser, `${server.url}/users`, { signedIn: true });
  await ada.page.getByRole("button", { name: "Invite" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "Invite a user" });
  await dialog.getByLabel("E-mail").fill("ada@example.com");
  await dialog.getByRole("button", { name: "Make invitation" }).click();
  await eventually(() => described(dialog.getByLabel("E-mail")), "the conflict").toBe("ada@example.com is taken");
  await dialog.getByLabel("E-mail").fill("bob@example.com");
  await dialog.getByLabel("User id").fill("bob");
  await dialog.getByRole("button", { name: "Make invitation" }).click();
  const box = dialog.getByLabel("Invitation of bob@example.com");
  const link = await box.inputValue();
  expect(await box.evaluate((field) => field.scrollLeft), "where it leads is seen").toBe(0);
  await dialog.getByText(/valid until/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const line = ada.page.getByRole("listitem").filter({ hasText: "bob@example.com" });
  await line.getByText("Invited").waitFor();
  expect(await ada.page.content(), "shown once").not.toContain(new URL(link).hash.slice(1));

  await using bob = await visit(browser, link);
  const { page } = bob;
  await title(page, "Welcome to Belfry");
  await eventually(() => page.url(), "the secret leaves the address").toBe(`${server.url}/welcome`);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set password" }).click();
  await eventually(() => described(page.getByLabel("New password"))).toContain("Must have at least 10 characters");
  await setPassword(page);
  await title(page, "Inbox");
  await eventually(() => page.url()).toBe(`${server.url}/`);
  await eventually(() => titles(page)).toContain("For everyone signed in");
  const pages = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
  expect((await pages.allTextContents()).map((text) => text.trim())).toEqual(["Inbox", "Broadcast", "Channels"]);
  for (const path of ["users", "audit", "stats"]) {
    await page.goto(`${server.url}/${path}`);
    await page.getByRole("heading", { name: "Only admins see this page" }).waitFor();
  }
  await page.getByRole("link", { name: "Broadcast" }).click();
  await page.getByRole("heading", { name: "No channel to publish to" }).waitFor();

  await using late = await visit(browser, link);
  await title(late.page, "This link is not valid any more");
  expect(await late.page.getByLabel("New password").count(), "nobody types a password in vain").toBe(0);
  expect(await late.context.cookies()).toEqual([]);
  for (const { problems } of [ada, bob, late]) expect(problems).toEqual([]);
});

test("whom another application sent is called so, and invited only once a link is made", async () => {
  const jwt = await signJwt({ sub: "zoe", name: "Zoe", email: "zoe@example.com", exp: 9_999_999_999 });
  expect((await query(server, "session.current", undefined, jwt)).status).toBe(200);
  await using ada = await visit(browser, `${server.url}/users`, { signedIn: true });
  const { page } = ada;
  const line = page.getByRole("listitem").filter({ hasText: "zoe@example.com" });
  await line.getByText("From application").waitFor();
  expect(await line.getByText("Invited").count()).toBe(0);
  await line.getByRole("button", { name: "Change Zoe" }).click();
  const dialog = page.getByRole("dialog", { name: "Zoe" });
  await dialog.getByText(/^Comes with your application’s token/).waitFor();
  await dialog.getByRole("button", { name: "New link" }).click();
  await dialog.getByLabel("Link for Zoe").waitFor();
  await page.keyboard.press("Escape");
  await line.getByText("Invited").waitFor();
  expect(ada.problems).toEqual([]);
});

test("a token is shown once, opens the API, and opens nothing once it is revoked", async () => {
  await using tom = await join("tom");
  const { page } = tom;
  await page.getByRole("link", { name: "Account of tom@example.com" }).click();
  await title(page, "Account");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New token" });
  expect(await dialog.getByRole("checkbox", { name: "Everything I may" }).count(), "for admins").toBe(0);
  await dialog.getByLabel("Name").fill("deploy");
  await dialog.getByRole("checkbox", { name: "Publish" }).press("Space");
  await dialog.getByLabel("On the channels").fill("ops no!name");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await eventually(() => described(dialog.getByLabel("On the channels"))).toContain("Must be a channel");
  await dialog.getByLabel("On the channels").fill("ops, shop.*");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const secret = await dialog.getByLabel("Token “deploy”").inputValue();
  await dialog.getByText("This is the only time that it is shown").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const item = page.getByRole("list", { name: "Tokens", exact: true }).getByRole("listitem");
  await item.getByText("shop.*").waitFor();

  const list = async () => {
    const response = await fetch(`${server.url}/api/notifications?channels=ops`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  expect(await list()).toBe(200);
  await page.reload();
  await item.getByRole("heading", { name: "deploy" }).waitFor();
  expect(await page.content(), "shown once").not.toContain(secret);

  await item.getByRole("button", { name: "Revoke deploy" }).click();
  await page.getByRole("dialog", { name: "Revoke deploy?" }).getByRole("button", { name: "Revoke token" }).click();
  await page.getByText("1 revoked or expired").waitFor();
  expect(await list()).toBe(401);
  expect(tom.problems).toEqual([]);
});

test("once a grant is taken back, an open page shows that channel no more", async () => {
  await using rita = await join("rita");
  const { page } = rita;
  await using ada = await visit(browser, `${server.url}/channels`, { signedIn: true });
  await server.publish({ channel: "closed", title: "Still for all", message: "m" });
  await eventually(() => titles(page)).toContain("Still for all");

  await ada.page.getByRole("link", { name: "Access to closed" }).click();
  await title(ada.page, "closed");
  const everyone = ada.page.getByRole("region", { name: "Read" }).getByRole("checkbox", { name: "Everyone signed in" });
  await everyone.press("Space");
  await ada.page.getByRole("region", { name: "Read" }).getByText("Nobody but admins.").waitFor();
  expect(await everyone.isChecked()).toBe(false);

  let round = 0;
  await eventually(async () => {
    round += 1;
    await server.publish({ channel: "closed", title: `Hidden ${round}`, message: "m" });
    await server.publish({ title: `Shown ${round}`, message: "m" });
    await page.getByRole("heading", { name: `Shown ${round}`, exact: true }).waitFor();
    return (await titles(page)).includes(`Hidden ${round}`);
  }).toBe(false);
  await page.reload();
  await eventually(() => titles(page)).toContain(`Shown ${round}`);
  expect((await titles(page)).join()).not.toMatch(/Hidden|Still for all/);

  const publish = ada.page.getByRole("region", { name: "Publish" });
  await publish.getByLabel("User who may publish").fill("rita");
  await publish.getByRole("button", { name: "Add user" }).click();
  await publish.getByRole("button", { name: "Remove rita" }).waitFor();
  await page.getByRole("link", { name: "Broadcast" }).click();
  await page.getByLabel("Channel").waitFor();
  expect(await page.getByLabel("Channel").getByRole("option").allTextContents()).toEqual(["closed"]);
  await ada.page.getByRole("region", { name: "Read" }).getByRole("checkbox", { name: "Anybody" }).press("Space");
  const warning = ada.page.getByRole("dialog", { name: "Let anybody read closed?" });
  await warning.getByRole("button", { name: "Cancel" }).click();
  expect(await ada.page.getByRole("checkbox", { name: "Anybody" }).isChecked()).toBe(false);
  for (const { problems } of [ada, rita]) expect(problems).toEqual([]);
});

test("disabling ends a member's open page, and the trail says what changed", async () => {
  await using dora = await join("dora");
  await using ada = await visit(browser, `${server.url}/users`, { signedIn: true });
  const { page } = ada;
  await page.getByRole("button", { name: "Change dora" }).click();
  await page.getByRole("dialog", { name: "dora" }).getByRole("button", { name: "Disable" }).click();
  await title(dora.page, "Sign in to Belfry");
  await page.getByRole("dialog").getByRole("button", { name: "Enable" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("listitem").filter({ hasText: "dora@example.com" }).getByText("Disabled").waitFor();
  await enter(dora.page, { email: "dora@example.com", password: PASSWORD, button: "Sign in" });
  await dora.page.getByRole("alert").getByText("e-mail or password is wrong").waitFor();

  await page.getByRole("button", { name: "Change ada" }).click();
  await page.getByRole("dialog", { name: "ada" }).getByRole("button", { name: "Make member" }).click();
  await page.getByRole("dialog").getByRole("alert").getByText("it is the last admin").waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Audit" }).click();
  await title(page, "Audit");
  const trail = page.getByRole("list", { name: "Audit trail" });
  await trail.getByText("session.refused").waitFor();
  await page.getByLabel("On what").fill("dora");
  await page.getByLabel("On what").press("Enter");
  await page.getByLabel("Action").selectOption("user.update");
  await eventually(() => trail.getByRole("listitem").count()).toBe(1);
  const text = (await trail.textContent())?.replaceAll(/\s+/g, " ");
  expect(text).toContain("by admin");
  expect(text).toContain("disabled");
  expect(text).toContain("before: no → after: yes");
  expect(text).not.toContain(PASSWORD);
  for (const { problems } of [ada, dora]) expect(problems).toEqual([]);
});

test("changing the password ends the session of the other browser, and one session can be ended alone", async () => {
  await using here = await join("paul");
  await using there = await visit(browser, server.url);
  const signIn = async (password: string) => {
    await enter(there.page, { email: "paul@example.com", password, button: "Sign in" });
  };
  await signIn(PASSWORD);
  await badge(there.page, "Live");
  const { page } = here;
  await page.getByRole("link", { name: "Account of" }).click();
  const sessions = page.getByRole("list", { name: "Sessions" }).getByRole("listitem");
  await eventually(() => sessions.count()).toBe(2);
  await sessions.filter({ hasText: "This one" }).getByText("from 127.0.0.1").waitFor();
  await sessions.getByRole("button", { name: "End the session" }).click();
  await title(there.page, "Sign in to Belfry");
  await eventually(() => sessions.count()).toBe(1);

  await signIn(PASSWORD);
  await badge(there.page, "Live");
  const change = async (current: string) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password").fill("another long password");
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("not the password");
  await eventually(() => described(page.getByLabel("Current password"))).toBe("The current one is wrong");
  await change(PASSWORD);
  await page.getByText("Your password is changed").waitFor();
  await title(there.page, "Sign in to Belfry");
  await signIn("another long password");
  await badge(there.page, "Live");
  await badge(page, "Live");
  for (const { problems } of [here, there]) expect(problems).toEqual([]);
});

test("a page at another address than the hub's says where the hub is used", async () => {
  await using hub = await startTestServer({ env: { BELFRY_PUBLIC_URL: "https://hub.example.com" } });
  const secret = new URL(hub.running.setUpLink ?? "").hash.slice(1);
  await hub.mutate("session.setUp", { secret, email: "ada@example.com", password: PASSWORD });
  await using ada = await visit(browser, hub.url);
  await enter(ada.page, { email: "ada@example.com", password: PASSWORD, button: "Sign in" });
  await ada.page.getByRole("alert").getByText("this hub is used at https://hub.example.com; open it there").waitFor();
});

test("a channel is private from its beginning, and a name that nobody has is marked", async () => {
  await using ada = await visit(browser, `${server.url}/channels`, { signedIn: true });
  const { page } = ada;
  await page.getByRole("button", { name: "New channel" }).click();
  const dialog = page.getByRole("dialog", { name: "New channel" });
  await dialog.getByLabel("Name").fill("salaries");
  await dialog.getByRole("radio", { name: "Only whom I add" }).press("Space");
  await dialog.getByRole("button", { name: "Create channel" }).click();
  await page.getByRole("listitem").filter({ hasText: "salaries" }).getByText("Private").waitFor();
  await page.getByRole("link", { name: "Access to salaries" }).click();
  const read = page.getByRole("region", { name: "Read" });
  await read.getByText("Nobody but admins.").waitFor();
  const add = async (name: string) => {
    await read.getByLabel("User who may read").fill(name);
    await read.getByRole("button", { name: "Add user" }).click();
  };
  await add("ada@example.com");
  await read.getByRole("listitem").filter({ hasText: "admin" }).waitFor();
  await add("adda");
  await read.getByRole("listitem").filter({ hasText: "adda" }).getByText("not seen yet").waitFor();
  expect(await read.getByRole("listitem").getByText("not seen yet").count(), "not the admin").toBe(1);
  expect(ada.problems).toEqual([]);
});

test("whoever tries too many passwords is told how long to wait", async () => {
  await using hub = await startTestServer();
  await makeAdmin(hub.running.setUpLink);
  await using eve = await visit(browser, hub.url);
  const wait = eve.page.getByRole("alert").getByText(/Too many attempts\. Try again in \d+ /);
  await eventually(async () => {
    await enter(eve.page, { email: "eve@example.com", password: "a guess", button: "Sign in" });
    await eve.page.getByRole("alert").waitFor();
    return await wait.count();
  }).toBe(1);
  expect(eve.problems).toEqual([]);
});
