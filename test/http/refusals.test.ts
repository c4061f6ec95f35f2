/** What a refusal tells: to its caller no value that may be a secret, to the log each failure once. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";

const PAGE = "https://app.example.com";
const ADMIN = { authorization: `Bearer ${TOKEN}` };
const SECRET = "hunter2-hunter2";
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env: { BELFRY_ALLOWED_ORIGINS: PAGE } });
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

describe("JSON that cannot be read is refused without a word of it", () => {
  test.each([
    ["/trpc/session.signIn", {}],
    ["/trpc/session.changePassword", ADMIN],
    ["/trpc/users.invite", ADMIN],
    ["/api/notifications", ADMIN],
    ["/api/types", ADMIN],
  ])("%s", async (path, headers) => {
    for (const body of [SECRET, `{"password":"${SECRET}",`, `"${SECRET}`, `{"password":${SECRET}}`]) {
      const response = await post(path, body, headers);
      const text = await response.text();
      expect({ status: response.status, text }).toMatchObject({
        status: path.endsWith("changePassword") && response.status === 401 ? 401 : 400,
      });
      expect(text).toContain("the input is not valid JSON");
      expect(text).not.toMatch(/hunter2|stack/);
    }
    expect(server.logs.join("")).not.toContain("hunter2");
  });

  test("in the query of a call too, and says where", async () => {
    const response = await fetch(`${server.url}/trpc/notifications.list?input=${encodeURIComponent('{"a":1,}')}`, {
      headers: ADMIN,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("is not valid JSON, see position 7");
  });
});

test.each([
  ["signIn", SECRET],
  ["signIn", { email: SECRET, password: "x" }],
  ["signIn", { email: "a@example.com", password: 5, [SECRET]: 1 }],
  ["setUp", { secret: "x", email: SECRET, password: SECRET }],
  ["acceptLink", [SECRET]],
])("session.%s shows no value of its input, wherever it stands", async (name, input) => {
  const response = await post(`/trpc/session.${name}`, JSON.stringify(input));
  const text = await response.text();
  expect(response.status).toBe(400);
  expect(text).not.toContain("hunter2");
});

test("what is refused before any route is told to pages of allowed origins, and to no others", async () => {
  await using slow = await startTestServer({ env: { BELFRY_ALLOWED_ORIGINS: PAGE, BELFRY_REQUEST_RATE: "1" } });
  const ask = (origin: string) => fetch(`${slow.url}/api/notifications`, { headers: { ...ADMIN, origin } });
  expect((await ask(PAGE)).status).toBe(200);
  const refused = await ask(PAGE);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(refused.headers.get("access-control-allow-credentials")).toBe("true");
  expect(refused.headers.get("vary")).toContain("origin");
  const foreign = await ask("https://evil.example.com");
  expect(foreign.status).toBe(429);
  expect(foreign.headers.has("access-control-allow-origin")).toBe(false);
  const large = await post("/api/notifications", "x".repeat(1_000_000), { ...ADMIN, origin: PAGE });
  expect(large.status).toBe(413);
  expect(large.headers.get("access-control-allow-origin")).toBe(PAGE);
});

test("a failure of the hub's own is logged once, with its cause", async () => {
  await using own = await startTestServer();
  {
    using db = openDatabase(own.folder);
    db.sqlite.exec("ALTER TABLE audit RENAME TO audit_away");
  }
  const response = await own.query("audit.list");
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("audit_away");
  const failures = own.logs.filter((line) => line.includes("A request failed"));
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain("no such table: audit");
});

test("an audit row that cannot be written beside a publish is logged", async () => {
  await using own = await startTestServer();
  const { signInAdmin } = await import("../_session.ts");
  const cookie = await signInAdmin(own);
  {
    using db = openDatabase(own.folder);
    db.sqlite.exec("ALTER TABLE audit RENAME TO audit_away");
  }
  const response = await own.mutate(
    "notifications.publish",
    { message: "m" },
    { headers: { authorization: "", cookie } },
  );
  expect(response.status).toBe(200);
  await expect.poll(() => own.logs.filter((line) => line.includes("no such table")).length).toBe(1);
});
