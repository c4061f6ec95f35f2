import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notification } from "../../server/rules/notification.ts";
import { createClock } from "../_clock.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";

interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly issues?: { path: string }[] };
}

interface Page {
  readonly items: readonly Notification[];
  readonly next: string | null;
}

const clock = createClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    now: clock.now,
    channels: ["orders", "alerts"],
    env: { BELFRY_MAX_MESSAGE: "1000", BELFRY_MAX_DATA: "2000" },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>, query = "") =>
  server.fetch(`/api/notifications${query}`, { method: "POST", body, headers });
const postJson = (body: unknown) =>
  post(typeof body === "string" ? body : JSON.stringify(body), { "content-type": "application/json" });

describe("POST /api/notifications", () => {
  test("answers 201 with the stored notification, which is in the history as it was answered", async () => {
    const draft = {
      channel: "orders",
      type: "order.created",
      severity: "success",
      title: "Order #1",
      message: "3 items — 12 €",
      tags: ["shop"],
      link: "https://example.com/1",
      data: { total: 12.5, items: [1, 2, 3] },
    };
    const response = await postJson(draft);
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const stored = (await response.json()) as Notification;
    expect(stored).toEqual({
      ...draft,
      id: expect.any(Number),
      cursor: expect.stringMatching(/^[a-z0-9]{8}-\d+$/),
      event: "notification",
      sender: "token:BELFRY_ADMIN_TOKEN",
      timestamp: new Date(clock.now()).toISOString(),
      read: false,
    });
    expect(stored.cursor.endsWith(`-${stored.id}`)).toBe(true);
    const { items } = (await (await server.fetch("/api/notifications?limit=1")).json()) as Page;
    expect(items).toEqual([stored]);
  });

  test("refuses JSON that came as a form, as curl -d sends it, and says what to do; not such a text as text", async () => {
    const json = '{"title":"T","message":"hi"}';
    const refused = await post(json, { "content-type": "application/x-www-form-urlencoded" });
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as Refusal).error.message).toContain('"Content-Type: application/json"');
    const taken = await post(json, { "content-type": "text/plain" });
    expect(taken.status).toBe(201);
    expect(await taken.json()).toMatchObject({ message: json });
    const braces = await post("{not JSON}", { "content-type": "application/x-www-form-urlencoded" });
    expect(braces.status).toBe(201);
  });

  test.each([
    ["curl -d", { "content-type": "application/x-www-form-urlencoded" }],
    ["text/plain", { "content-type": "text/plain; charset=utf-8" }],
    ["bytes without a type", {}],
  ])("takes a body of %s as the message and the query for the rest", async (_, headers) => {
    // Bytes, so that fetch adds no content type of its own.
    const body = new TextEncoder().encode("Backup done & 100% = ok ✓");
    const query = "?channel=alerts&title=Night%20job&severity=warning&tags=db,%20night&duration=5000";
    const response = await post(body, headers, query);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      channel: "alerts",
      title: "Night job",
      severity: "warning",
      message: "Backup done & 100% = ok ✓",
      tags: ["db", "night"],
      duration: 5_000,
    });
  });

  test("takes JSON by any of its types, and the query fills what the body leaves out", async () => {
    const headers = { "content-type": "application/vnd.shop+json; charset=utf-8" };
    const response = await post('{"message":"m","channel":"orders"}', headers, "?channel=alerts&severity=error");
    expect(await response.json()).toMatchObject({ channel: "orders", severity: "error" });
  });

  test("publishes to `general` when no channel is named, and signals without a message", async () => {
    expect(await server.publish({ message: "m" })).toMatchObject({ channel: "general", type: "notification" });
    const signal = await server.publish({ event: "progress", data: { percent: 5 } });
    expect(signal).toMatchObject({ event: "progress", type: "progress", data: { percent: 5 } });
    expect(signal).not.toHaveProperty("message");
  });

  const deep = `${"[".repeat(900)}${"]".repeat(900)}`;
  test.each<[string, string | object, number, string, string[]]>([
    ["invalid JSON", "{message:", 400, "BAD_REQUEST", ["not valid JSON"]],
    ["no body", "", 400, "BAD_REQUEST", ["not valid JSON"]],
    ["a list", "[1]", 400, "BAD_REQUEST", ["object"]],
    ["a bare text", '"hello"', 400, "BAD_REQUEST", ["object"]],
    ["null", "null", 400, "BAD_REQUEST", ["object"]],
    ["an empty object", {}, 400, "BAD_REQUEST", ["message", "required"]],
    ["a message that is a number", { message: 7 }, 400, "BAD_REQUEST", ["message", "string", "7"]],
    ["a title that is a list", { message: "m", title: [] }, 400, "BAD_REQUEST", ["title", "string"]],
    ["an unknown field", { message: "m", colour: "red" }, 400, "BAD_REQUEST", ["colour"]],
    ["an id of the caller's choice", { message: "m", id: 1 }, 400, "BAD_REQUEST", ["id"]],
    ["a sender of the caller's choice", { message: "m", sender: "root" }, 400, "BAD_REQUEST", ["sender"]],
    ["a bad severity", { message: "m", severity: "fatal" }, 400, "BAD_REQUEST", ["severity", "fatal"]],
    ["a newline in the event", { event: "a\nid: 7", data: 1 }, 400, "BAD_REQUEST", ["event", "line breaks"]],
    ["a newline in the type", { message: "m", type: "a\nb" }, 400, "BAD_REQUEST", ["type", "line breaks"]],
    ["an event of the protocol", { event: "connected" }, 400, "BAD_REQUEST", ["event", "itself"]],
    ["an unknown channel", { message: "m", channel: "nowhere" }, 404, "NOT_FOUND", ['"nowhere"']],
    ["a channel that cannot be", { message: "m", channel: "../x" }, 400, "BAD_REQUEST", ["channel", "../x"]],
    ["a message beyond its limit", { message: "x".repeat(1_001) }, 400, "BAD_REQUEST", ["message", "1000", "1001"]],
    ["data beyond its limit", { message: "m", data: "x".repeat(2_001) }, 400, "BAD_REQUEST", ["data", "2000", "2003"]],
    ["data that nests deep", `{"message":"m","data":${deep}}`, 400, "BAD_REQUEST", ["data", "32 levels"]],
    ["a title that nests deep", `{"message":"m","title":${deep}}`, 400, "BAD_REQUEST", ["title"]],
    ["a body beyond the limit", { message: "m", data: "x".repeat(5_000_000) }, 413, "PAYLOAD_TOO_LARGE", ["limit"]],
  ])("refuses %s by name, stores nothing and lives on", async (_, body, status, code, words) => {
    const before = server.storedIds();
    const response = await postJson(body);
    const { error } = (await response.json()) as Refusal;
    expect([response.status, error.code]).toEqual([status, code]);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    for (const word of words) expect(error.message).toContain(word);
    expect(error.message).toMatch(/^Cannot /);
    expect(JSON.stringify(error)).not.toMatch(/node_modules|\.ts:|ZodError|SQLITE|at async/);
    expect(server.storedIds()).toEqual(before);
    expect((await server.fetch("/readyz")).status).toBe(200);
  });

  test("names each field of an input with several faults", async () => {
    const response = await postJson({ severity: "loud", title: 7, message: "m" });
    const { error } = (await response.json()) as Refusal;
    expect(error.issues?.map(({ path }) => path).toSorted()).toEqual(["severity", "title"]);
  });

  test("refuses a body that is too large also when its length is not told beforehand", async () => {
    const before = server.storedIds();
    const chunk = new Uint8Array(64 * 1024).fill(120);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += chunk.length;
        if (sent > 4_000_000) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "text/plain" } };
    const response = await server.fetch("/api/notifications", init as RequestInit);
    expect(response.status).toBe(413);
    expect(((await response.json()) as Refusal).error.code).toBe("PAYLOAD_TOO_LARGE");
    expect(server.storedIds()).toEqual(before);
  });

  test("refuses a type of body that it does not know", async () => {
    const response = await post("x", { "content-type": "image/png" });
    expect(response.status).toBe(415);
    expect(((await response.json()) as Refusal).error.message).toContain("image/png");
  });

  test.each([
    ["no credential", {}],
    ["a wrong token", { authorization: "Bearer bf_wrong-wrong-wrong" }],
    ["another scheme", { authorization: `Basic ${btoa(`admin:${TOKEN}`)}` }],
    ["an empty token", { authorization: "Bearer " }],
  ])("answers 401 to %s, stores nothing and repeats no credential", async (_, headers) => {
    const before = server.storedIds();
    const response = await fetch(`${server.url}/api/notifications`, {
      method: "POST",
      body: '{"message":"m"}',
      headers: { "content-type": "application/json", ...headers },
    });
    expect(response.status).toBe(401);
    const text = await response.text();
    expect((JSON.parse(text) as Refusal).error.code).toBe("UNAUTHORIZED");
    expect(text).not.toContain("wrong-wrong");
    expect(text).not.toContain(TOKEN);
    expect(server.storedIds()).toEqual(before);
  });

  test("takes no token from the query: that is for streams only", async () => {
    const before = server.storedIds();
    const url = `${server.url}/api/notifications?token=${TOKEN}`;
    const published = await fetch(url, { method: "POST", body: "m", headers: { "content-type": "text/plain" } });
    expect(published.status).toBe(401);
    const listed = await fetch(url);
    expect(listed.status).toBe(401);
    expect(`${await published.text()}${await listed.text()}`).not.toContain(TOKEN);
    expect(server.storedIds()).toEqual(before);
  });

  test("stores what 64 callers publish at once, each once", async () => {
    const before = server.storedIds().length;
    const stored = await Promise.all(
      Array.from({ length: 64 }, (_, n) => server.publish({ message: `m${n}`, channel: n % 2 ? "orders" : "alerts" })),
    );
    expect(new Set(stored.map(({ id }) => id)).size).toBe(64);
    expect(server.storedIds()).toHaveLength(before + 64);
  });
});

describe("GET /api/notifications", () => {
  const list = async (query: string): Promise<Page> => {
    const response = await server.fetch(`/api/notifications?${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Page;
  };

  let stored: Notification[];
  beforeAll(async () => {
    await server.createChannel("paged");
    stored = [];
    for (let n = 0; n < 12; n += 1) {
      const channel = n % 3 === 0 ? "paged" : "orders";
      const severity = ["info", "warning", "critical"][n % 3];
      const type = n % 2 ? "odd" : "even";
      stored.push(
        await server.publish({ channel, severity, type, message: `page ${n} 50%_done`, title: `Zeile ${n}` }),
      );
    }
  });

  test("gives the newest first, in pages that join without a gap or a repeat", async () => {
    const seen: Notification[] = [];
    let cursor = "";
    for (let pages = 1; ; pages += 1) {
      const { items, next } = await list(`limit=5&text=page&types=odd,even${cursor && `&cursor=${cursor}`}`);
      expect(items.length).toBeLessThanOrEqual(5);
      seen.push(...items);
      if (next === null) {
        expect(pages).toBe(3);
        break;
      }
      cursor = next;
    }
    expect(seen).toEqual(stored.toReversed());
  });

  test("a last page that is full has no next one", async () => {
    expect(await list("channels=paged&limit=4")).toMatchObject({ next: null, items: { length: 4 } });
    expect((await list("channels=paged&limit=3")).next).not.toBeNull();
  });

  test.each<[string, (n: number) => boolean]>([
    ["channels=paged", (n) => n % 3 === 0],
    ["channels=paged,orders&types=odd&text=page", (n) => n % 2 === 1],
    ["types=even&text=page", (n) => n % 2 === 0],
    ["minSeverity=warning&types=odd,even", (n) => n % 3 > 0],
    ["minSeverity=critical&types=odd,even", (n) => n % 3 === 2],
    ["text=PAGE%201%20", (n) => n === 1],
    ["text=zeile%2011", (n) => n === 11],
    ["text=50%25_done", () => true],
    ["text=50%25Xdone", () => false],
    ["text=%25%25", () => false],
    ["text=%27%20OR%201=1", () => false],
  ])("filters by %s", async (query, isWanted) => {
    const { items } = await list(query);
    const wanted = stored.filter((_, n) => isWanted(n)).toReversed();
    expect(items).toEqual(wanted);
  });

  test("shows a token nothing that is addressed to a person", async () => {
    const { id } = await server.publish({ message: "for ann only", to: "ann" });
    const { items } = await list("limit=500");
    expect(items.map((item) => item.id)).not.toContain(id);
    expect(JSON.stringify(await list("text=for%20ann"))).not.toContain("for ann only");
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=501", "limit"],
    ["limit=many", "limit"],
    ["limit=", "limit"],
    ["cursor=x", "cursor"],
    ["minSeverity=loud", "minSeverity"],
    ["channels=a/b", "channels"],
    ["channels=", "channels"],
    ["types=a%0Ab", "types"],
    ["colour=red", "colour"],
  ])("refuses ?%s by name", async (query, word) => {
    const response = await server.fetch(`/api/notifications?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as Refusal).error.message).toContain(word);
  });
});

test("an unknown route under /api answers 404 as JSON", async () => {
  const response = await server.fetch("/api/nothing/here");
  expect(response.status).toBe(404);
  expect(((await response.json()) as Refusal).error.message).toContain("/api/nothing/here");
});

test("nothing that was sent in this file put a credential or a message into the log", () => {
  const text = server.logs.join("");
  expect(text).not.toContain(TOKEN);
  expect(text).not.toContain("for ann only");
});
