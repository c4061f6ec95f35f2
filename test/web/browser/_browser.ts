/** What the browser tests share: a real Chromium, visits to a hub that note whatever goes wrong, and what people see. */
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { findChromium } from "../../../scripts/chromium.mjs";
import { startTestServer, type TestServer } from "../../_server.ts";

/** The first admin of every test. */
export const EMAIL = "ada@example.com";
export const PASSWORD = "correct horse battery staple";

/** How long an action or a wait in the page may take, in ms: less than a test may, so that the failure names it. */
const PATIENCE = 15_000;
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** What the browser prints for an answer that the page expects and shows. */
const REFUSAL = /^Failed to load resource: the server responded with a status of 4\d\d /;

/** Starts Chromium, with a profile of its own that is removed at the end. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("Cannot test the page: there is no Chromium; install it or set CHROMIUM_PATH");
  return await chromium.launch({ executablePath, args: ARGS });
}

/** What a file of tests has while they run. */
export interface Place {
  readonly browser: Browser;
  readonly server: TestServer;
}

/** Gives the tests of a file one browser and one hub, with a channel `ops` and the first admin. */
export function usePlace(): Place {
  let place: Place;
  beforeAll(async () => {
    const [browser, server] = await Promise.all([launchBrowser(), startTestServer({ channels: ["ops"] })]);
    place = { browser, server };
    await makeAdmin(server.running.setUpLink);
  });
  afterAll(async () => {
    await place.browser.close();
    await place.server[Symbol.asyncDispose]();
  });
  return {
    get browser() {
      return place.browser;
    },
    get server() {
      return place.server;
    },
  };
}

/** How a visit differs from a plain one. */
export interface VisitOptions {
  /** In CSS pixels. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Comes with a session of the first admin. */
  readonly signedIn?: boolean;
}

/** One person's browser window, with cookies of its own. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Uncaught errors, violations of the content security policy, and every error in the console but refusals (4xx). */
  readonly problems: readonly string[];
}

/** Opens an address in a window of its own. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { signedIn = false, viewport = { width: 1_100, height: 800 } } = options;
  const context = await browser.newContext({ viewport, locale: "en-GB" });
  context.setDefaultTimeout(PATIENCE);
  const problems: string[] = [];
  context.on("weberror", (error) => problems.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    if (message.type() !== "error" || REFUSAL.test(message.text())) return;
    problems.push(`console: ${message.text()}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      console.error(`${violatedDirective} forbids ${blockedURI}`);
    });
  });
  if (signedIn) {
    const data = { email: EMAIL, password: PASSWORD };
    const response = await context.request.post(new URL("/trpc/session.signIn", url).href, { data });
    if (!response.ok()) throw new Error(`signIn answered ${response.status()}: ${await response.text()}`);
  }
  const page = await context.newPage();
  await page.goto(url);
  return { page, context, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Makes the first admin, as the page does. */
export async function makeAdmin(setUpLink: string | null): Promise<void> {
  const { origin, hash } = new URL(setUpLink ?? "");
  const response = await fetch(`${origin}/trpc/session.setUp`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret: hash.slice(1), email: EMAIL, password: PASSWORD }),
  });
  if (!response.ok) throw new Error(`setUp answered ${response.status}: ${await response.text()}`);
}

/** Fills in e-mail and password and presses a button. */
export async function enter(page: Page, credentials: { email?: string; password: string; button: string }) {
  await page.getByLabel("E-mail").fill(credentials.email ?? EMAIL);
  await page.getByLabel("Password").fill(credentials.password);
  await page.getByRole("button", { name: credentials.button }).click();
}

/** Waits until the connection's badge says something: Live, Offline, reconnecting… */
export async function badge(page: Page, text: string): Promise<void> {
  await page.getByRole("banner").getByText(text, { exact: true }).waitFor();
}

/** The page's title, once it stands there. */
export async function title(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
}

/** Titles of all notifications in the inbox, from the top. */
export function titles(page: Page): Promise<string[]> {
  return page.getByRole("list", { name: "Notifications" }).getByRole("heading").allTextContents();
}

/** What a screen reader says about a field beside its name: its error and its hint. */
export function described(control: Locator): Promise<string> {
  return control.evaluate((element) => {
    const ids = element.getAttribute("aria-describedby")?.split(" ") ?? [];
    return ids.flatMap((id) => document.getElementById(id)?.textContent?.trim() || []).join(" ");
  });
}

/** Presses Tab until something has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Cannot reach it with the Tab key");
}

/** Whether something has the focus. */
export async function hasFocus(target: Locator): Promise<boolean> {
  return await target.evaluate((element) => element === document.activeElement);
}
