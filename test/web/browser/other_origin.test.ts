/** The hub seen from pages of other sites: the SDK works in those that are configured, the others get nothing. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer, TOKEN } from "../../_server.ts";
import { badge, launchBrowser, makeAdmin, visit } from "./_browser.ts";

declare global {
  /** The SDK, in the page of another site. */
  var belfry: typeof import("../../../web/client/mod.ts");
  /** What a subscription there was told. */
  var received: string[];
}

const SDK = fileURLToPath(new URL("../../../web/client/mod.ts", import.meta.url));
const PAGE = `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">
<script type="module">import * as sdk from "/sdk.js"; globalThis.belfry = sdk;</script>`;

/** The SDK in one file, as a developer's bundler makes it. */
async function bundleSdk(): Promise<string> {
  const { build } = await import("vite");
  const lib = { entry: SDK, formats: ["es" as const] };
  const result = await build({ configFile: false, logLevel: "warn", build: { write: false, minify: false, lib } });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error("vite built nothing");
  return bundle.output[0].code;
}

/** Another site: a page that loads the SDK. */
async function startSite(sdk: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const isSdk = request.url === "/sdk.js";
    response.setHeader("content-type", isSdk ? "text/javascript" : "text/html").end(isSdk ? sdk : PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

let browser: Browser;
let hub: TestServer;
let friend: Awaited<ReturnType<typeof startSite>>;
let stranger: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  const launched = launchBrowser();
  const sdk = await bundleSdk();
  friend = await startSite(sdk);
  stranger = await startSite(sdk);
  hub = await startTestServer({ env: { BELFRY_ALLOWED_ORIGINS: friend.url } });
  await makeAdmin(hub.running.setUpLink);
  browser = await launched;
});
afterAll(async () => {
  await browser.close();
  for (const { server } of [friend, stranger]) {
    server.closeAllConnections();
    server.close();
  }
  await hub[Symbol.asyncDispose]();
});

/** Opens a site's page, as somebody who is signed in at the hub. */
async function open({ url }: { readonly url: string }) {
  const guest = await visit(browser, hub.url, { signedIn: true });
  await badge(guest.page, "Live");
  await guest.page.goto(url);
  await guest.page.waitForFunction(() => "belfry" in globalThis);
  return guest;
}

/** What the page's code is handed: it sees nothing of this file. */
const arg = () => ({ url: hub.url, token: TOKEN });

describe("a page of a configured origin", () => {
  test("publishes and follows with the SDK and a token, each notification once", async () => {
    await using guest = await open(friend);
    const seen = await guest.page.evaluate(async ({ url, token }) => {
      const there = belfry.createHub({ url, token });
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      const received: string[] = [];
      there.subscribe(
        {},
        {
          onConnected: () =>
            void there.publish({ message: "one" }).then(() => there.publish({ message: "two" }), reject),
          onNotification: ({ message }) => {
            received.push(message ?? "");
            if (message === "two") resolve(received);
          },
          onError: reject,
        },
      );
      await promise;
      there.close();
      const { items } = await there.list({ limit: 2 });
      return { received, listed: items.map(({ message }) => message) };
    }, arg());
    expect(seen).toEqual({ received: ["one", "two"], listed: ["two", "one"] });
    expect(guest.problems).toEqual([]);
  });

  test("follows with a bare EventSource and publishes with a bare fetch", async () => {
    await using guest = await open(friend);
    const seen = await guest.page.evaluate(async ({ url, token }) => {
      const source = new EventSource(`${url}/api/notifications/stream?token=${token}`);
      const next = (event: string) =>
        new Promise<string>((resolve, reject) => {
          source.addEventListener(event, ({ data }) => resolve(data), { once: true });
          source.addEventListener("error", () => reject(new Error("the stream broke")), { once: true });
        });
      await next("connected");
      const received = next("notification");
      const response = await fetch(`${url}/api/notifications`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title: "Bare", message: "m" }),
      });
      const data = JSON.parse(await received) as { title: string };
      source.close();
      return { status: response.status, title: data.title };
    }, arg());
    expect(seen).toEqual({ status: 201, title: "Bare" });
    expect(guest.problems).toEqual([]);
  });
});

describe("a page of any other origin", () => {
  test("gets nothing with a token: not by fetch, not by EventSource, not with the SDK", async () => {
    const before = hub.storedIds();
    await using guest = await open(stranger);
    const outcome = await guest.page.evaluate(async ({ url, token }) => {
      const name = (error: unknown) => (error as Error).name;
      const authorization = `Bearer ${token}`;
      const read = await fetch(`${url}/api/notifications`, { headers: { authorization } }).then(String, name);
      const write = await fetch(`${url}/api/notifications`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ message: "from a stranger" }),
      }).then(String, name);
      const source = new EventSource(`${url}/api/notifications/stream?token=${token}`);
      const stream = await new Promise<string>((resolve) => {
        source.onopen = () => resolve("open");
        source.onerror = () => resolve(source.readyState === EventSource.CLOSED ? "refused" : "broken");
      });
      source.close();
      const there = belfry.createHub({ url, token });
      const publish = await there.publish({ message: "from a stranger" }).then(String, (error) => String(error.data));
      there.close();
      return { read, write, stream, publish };
    }, arg());
    expect(outcome).toEqual({
      read: "TypeError",
      write: "TypeError",
      stream: "refused",
      publish: "undefined",
    });
    const refused = guest.page.waitForEvent("requestfailed", (request) =>
      request.url().includes("/trpc/notifications.s"),
    );
    const follow = guest.page.evaluate(({ url, token }) => {
      const received: string[] = [];
      const note = (what: string) => () => void received.push(what);
      const handlers = { onConnected: note("connected"), onNotification: note("notification") };
      globalThis.received = received;
      belfry.createHub({ url, token }).subscribe({}, handlers);
    }, arg());
    await Promise.all([refused, follow]);
    await hub.publish({ message: "not for strangers" });
    expect(await guest.page.evaluate(() => received)).toEqual([]);
    expect(guest.problems.join("\n")).toContain("blocked by CORS policy");
    expect(hub.storedIds()).toHaveLength(before.length + 1);
  });

  test("can use no session of its visitor's: it reads nothing and publishes nothing", async () => {
    const before = hub.storedIds();
    await using guest = await open(stranger);
    const outcome = await guest.page.evaluate(async ({ url }) => {
      const name = (error: unknown) => (error as Error).name;
      const credentials = "include";
      const read = await fetch(`${url}/api/notifications`, { credentials }).then(String, name);
      const source = new EventSource(`${url}/api/notifications/stream`, { withCredentials: true });
      const stream = await new Promise<string>((resolve) => {
        source.onopen = () => resolve("open");
        source.onerror = () => resolve("refused");
      });
      source.close();
      // Sent without asking first, like a form; the answer stays hidden.
      const post = { method: "POST", mode: "no-cors", credentials, body: "forged" } as const;
      const forged = await fetch(`${url}/api/notifications`, post);
      await fetch(`${url}/trpc/session.signOut`, post);
      return { read, stream, forged: forged.type };
    }, arg());
    expect(outcome).toEqual({ read: "TypeError", stream: "refused", forged: "opaque" });
    expect(hub.storedIds()).toEqual(before);
    await guest.page.goto(hub.url);
    await badge(guest.page, "Live");
  });
});
