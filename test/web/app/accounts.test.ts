import { expect, test } from "vitest";
import { describeChanges } from "../../../web/app/state/audit.ts";
import { formatMinute } from "../../../web/app/state/clock.ts";
import { granteesOf, isGranted } from "../../../web/app/state/grants.ts";
import { toProblem } from "../../../web/app/state/problem.ts";
import { type Token, toggleWord, tokenState } from "../../../web/app/state/tokens.ts";
import { describeAgent } from "../../../web/app/state/user_agent.ts";
import { type User, userState } from "../../../web/app/state/users.ts";

const refusal = (data: object | null, meta?: object) => Object.assign(new Error("Cannot sign in"), { data, meta });

test("describeChanges() says what changed, in words, and leaves out what did not", () => {
  const before = { role: "member", disabled: false, name: "", email: "bob@example.com" };
  const after = { role: "member", disabled: true, name: "Bob", email: "bob@example.com" };
  expect(describeChanges({ before, after })).toEqual([
    { name: "disabled", before: "no", after: "yes" },
    { name: "name", before: "none", after: "Bob" },
  ]);
});

test("describeChanges() says what was made and what is gone, without empty fields", () => {
  const at = Date.UTC(2030, 0, 1);
  const dueAt = new Date(at).toISOString();
  const made = { scopes: ["read", "publish"], expiresAt: at, dueAt, userId: null };
  expect(describeChanges({ before: {}, after: made })).toEqual([
    { name: "scopes", before: undefined, after: "read, publish" },
    { name: "expiresAt", before: undefined, after: formatMinute(at) },
    { name: "dueAt", before: undefined, after: formatMinute(at) },
  ]);
  expect(describeChanges({ before: { audience: "everyone" }, after: {} })).toEqual([
    { name: "audience", before: "everyone", after: undefined },
  ]);
});

test("describeAgent() names browser and system, or the program", () => {
  const tail = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  expect(describeAgent(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${tail} Edg/140.0.0.0`)).toBe("Edge on Windows");
  expect(describeAgent(`Mozilla/5.0 (Linux; Android 15) ${tail}`)).toBe("Chrome on Android");
  expect(describeAgent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe(
    "Firefox on Linux",
  );
  expect(describeAgent("curl/8.5.0")).toBe("curl");
  expect(describeAgent("")).toBe("Unknown program");
});

test("userState() tells who is active, invited, sent by an application, without a password and disabled", () => {
  const user = { disabledAt: null, hasPassword: false, hasLink: true, isFromApplication: false } as User;
  expect(userState(user)).toBe("invited");
  expect(userState({ ...user, hasLink: false }), "the link is too old").toBe("no password");
  expect(userState({ ...user, hasLink: false, isFromApplication: true })).toBe("from application");
  expect(userState({ ...user, hasPassword: true }), "with a link to set a new one").toBe("active");
  expect(userState({ ...user, hasPassword: true, hasLink: false })).toBe("active");
  expect(userState({ ...user, disabledAt: "2030-01-01T00:00:00.000Z" })).toBe("disabled");
});

test("tokenState() tells a token that opens something from one that does not any more", () => {
  const token = { revokedAt: null, expiresAt: "1970-01-01T00:00:01.000Z" } as Token;
  expect(tokenState(token, 999)).toBe("active");
  expect(tokenState(token, 1_000)).toBe("expired");
  expect(tokenState({ ...token, isResting: true }, 999)).toBe("resting");
  expect(tokenState({ ...token, isResting: true }, 1_000)).toBe("expired");
  expect(tokenState({ ...token, revokedAt: "1970-01-01T00:00:00.500Z" }, 1_000)).toBe("revoked");
});

test("toggleWord() takes a word in and out", () => {
  expect(toggleWord("read publish", "read")).toBe("publish");
  expect(toggleWord("publish", "read")).toBe("publish read");
  expect(toggleWord("", "read")).toBe("read");
});

test("grants are found by permission and audience", () => {
  const grants = [
    { permission: "read", audience: "everyone", userId: "", isKnown: true },
    { permission: "publish", audience: "user", userId: "bob", isKnown: false },
  ] as const;
  expect(isGranted(grants, "read", "everyone")).toBe(true);
  expect(isGranted(grants, "publish", "everyone")).toBe(false);
  expect(granteesOf(grants, "publish")).toEqual([grants[1]]);
  expect(granteesOf(grants, "read")).toEqual([]);
});

test("toProblem() says how long to wait, whoever refused", () => {
  const said = "Too many attempts. Try again in 2 min 8 s";
  expect(toProblem(refusal({ code: "TOO_MANY_REQUESTS", retryAfter: 128 })).message).toBe(said);
  const response = new Response(null, { status: 429, headers: { "retry-after": "128" } });
  expect(toProblem(refusal(null, { response })).message).toBe(said);
});

test("toProblem() tells a refusal of all requests from a hub that was not reached", () => {
  const message = "Cannot call from a page of http://127.0.0.1:8787: this hub is used at https://hub.example.com";
  const responseJSON = { error: { code: "FORBIDDEN", message } };
  expect(toProblem(refusal(null, { responseJSON }))).toEqual({ message, code: "FORBIDDEN", fields: {} });
  for (const other of [undefined, null, "<html>", { error: "bad gateway" }, { error: { message: "x" } }]) {
    expect(toProblem(refusal(null, { responseJSON: other })).message).toContain("Cannot reach the hub");
  }
});
