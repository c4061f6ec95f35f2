import { afterAll, beforeAll, expect, test } from "vitest";
import type { HistoryPage, Notification } from "../../web/client/mod.ts";
import { type Credential, makeToken, makeUser, mutate } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const EXPORT = "/api/notifications/export";
let server: TestServer;
let admin: Credential;
let ann: Credential;

beforeAll(async () => {
  server = await startTestServer({ channels: ["ops", "large"] });
  admin = { cookie: await signInAdmin(server) };
  ann = await makeUser(server, admin, { id: "ann" });
  await server.publish({
    title: 'She said "no", twice',
    message: "first\r\nsecond",
    tags: ["a", "b"],
    data: { n: [1, "x"] },
  });
  for (const title of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "a=1", "'"])
    await server.publish({ title, message: "m" });
  await server.publish({ channel: "ops", event: "update", data: "-2+3", key: "k" });
  await server.publish({ message: "for Ann", to: "ann" });
  await server.publish({ message: "for Bob and Cy", to: ["bob", "cy"] });
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (search = "", headers?: Credential, init: RequestInit = {}) =>
  headers ? fetch(`${server.url}${EXPORT}?${search}`, { headers, ...init }) : server.fetch(`${EXPORT}?${search}`, init);

async function lines(search: string, headers?: Credential): Promise<Notification[]> {
  const response = await open(search, headers);
  expect(response.status).toBe(200);
  const text = await response.text();
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Reads a table as RFC 4180 has it, and refuses everything else. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let at = 0; at < text.length; at = cell.lastIndex) {
    const [, quoted, plain = "", end] = cell.exec(text) ?? [];
    if (end === undefined) throw new SyntaxError(`no table at ${at}: ${text.slice(at, at + 40)}`);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

test("an export holds what the list holds, the oldest first, one JSON text a line", async () => {
  const response = await open();
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="notifications.jsonl"');
  expect(response.headers.get("cache-control")).toBe("no-store");
  await response.body?.cancel();
  for (const search of ["", "channels=ops", "text=first", "types=nothing", "all=true", "key=k"]) {
    const { items } = (await (await server.fetch(`/api/notifications?limit=500&${search}`)).json()) as HistoryPage;
    expect(await lines(search)).toEqual(items.toReversed());
  }
  expect((await lines("", ann)).at(-1)).toMatchObject({ message: "for Ann" });
  expect(JSON.stringify(await lines(""))).not.toMatch(/for Ann|for Bob/);
});

test("a table has a line for each notification, quotes what it must, and calls no formula", async () => {
  const response = await open("format=csv&all=true");
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
  const [head = [], ...rows] = parseCsv(await response.text());
  const items = await lines("all=true");
  expect(rows).toHaveLength(items.length);
  const cells = rows.map((row) => Object.fromEntries(head.map((name, n) => [name, row[n] ?? ""])));
  expect(rows.every((row) => row.length === head.length)).toBe(true);
  expect(cells[0]).toMatchObject({
    ...{ id: String(items[0]?.id), timestamp: items[0]?.timestamp, channel: "general", severity: "info" },
    ...{ title: 'She said "no", twice', message: "first\r\nsecond", tags: "a,b", data: '{"n":[1,"x"]}', read: "false" },
  });
  const titles = cells.slice(1, 9).map((row) => row["title"]);
  expect(titles).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'＝1", "a=1", "'"]);
  expect(cells.at(-1)).toMatchObject({ to: "bob,cy" });
  expect(cells.find(({ key }) => key === "k")).toMatchObject({ event: "update", message: "", data: '"-2+3"' });
  for (const row of rows) for (const text of row) expect(text).not.toMatch(/^[=+\-@\t\r＝]/);
});

test("an export that is not right is refused before it begins", async () => {
  for (const [search, words] of [
    ["format=xml", "format"],
    ["limit=5", "limit"],
    ["read=true", "needs a user"],
  ] as const) {
    const response = await open(search);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(new RegExp(`Cannot export notifications: .*${words}`));
  }
  expect((await open("all=true", ann)).status).toBe(403);
  expect((await open("", {})).status).toBe(401);
});

/** More than what all buffers between the server and a client hold. */
const LARGE = 2_000;
const SIZE = 16_000;

test("an export ends at what there was when it began, however slowly it is taken", async () => {
  const message = "x".repeat(SIZE);
  await Promise.all(Array.from({ length: LARGE }, () => server.publish({ channel: "large", message })));
  const response = await open("channels=large");
  const late = await server.publish({ channel: "large", message: "too late" });
  const text = await response.text();
  expect(text.match(/\n/g)).toHaveLength(LARGE);
  expect(text).not.toContain(`"id":${late.id},`);
});

test("an export is cut as soon as its caller may not read on", async () => {
  const token = await makeToken(server, ann, { scopes: ["read"] });
  const response = await open("channels=large", token.headers);
  const reader = response.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await mutate(server, "tokens.revoke", { id: token.id }, ann);
  const rest = async () => {
    while (!(await reader?.read())?.done);
  };
  await expect(rest()).rejects.toThrow();
});

test("no more than sixteen run at once", async () => {
  const running = await Promise.all(Array.from({ length: 16 }, () => open("channels=large")));
  expect(running.every(({ status }) => status === 200)).toBe(true);
  const refused = await open("channels=large");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("10");
  await Promise.all(running.map(({ body }) => body?.cancel()));
  await expect.poll(async () => (await open("key=k")).status).toBe(200);
});

test("a client that goes away costs nothing more", async () => {
  const leaving = new AbortController();
  const response = await open("channels=large", admin, { signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  expect(await lines("key=k")).toHaveLength(1);
  expect(server.logs.join("")).not.toContain("A request failed");
});
