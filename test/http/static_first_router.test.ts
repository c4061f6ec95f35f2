import { METHODS } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";
import { expect, test } from "vitest";
import { StaticFirstRouter } from "../../server/http/static_first_router.ts";

const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ["ALL", "/api/*"],
  ["POST", "/api/notifications"],
  ["GET", "/api/notifications"],
  ["GET", "/api/notifications/count"],
  ["GET", "/api/notifications/:id{[0-9]{1,15}}"],
  ["DELETE", "/api/notifications/:id"],
  ["GET", "/api/notifications/:id/status"],
  ["ALL", "/api/*"],
  ["ALL", "*"],
  ["GET", "/"],
  ["GET", "/assets/*"],
];
const PATHS = [
  ...["/", "/api", "/api/", "/api/notifications", "/api/notifications/", "/API/notifications"],
  ...["/api/notifications/count", "/api/notifications/count/", "/api/notifications/7", "/api/notifications/x:y"],
  ...["/api/notifications/:id", "/api/notifications/7/status", "/api/%6eotifications", "/assets/a.js", "/none"],
];

test("StaticFirstRouter finds what TrieRouter finds, the first time and every other", () => {
  const [ours, theirs] = [new StaticFirstRouter<string>(), new TrieRouter<string>()];
  for (const [at, [method, path]] of ROUTES.entries()) {
    for (const router of [ours, theirs]) router.add(method, path, `${at}`);
    // What was found before a route was added is not found after it.
    expect(ours.match("GET", "/api/notifications/count")).toEqual(theirs.match("GET", "/api/notifications/count"));
  }
  const methods = [...METHODS.map((method) => method.toUpperCase()), "HEAD"];
  for (let time = 0; time < 2; time += 1) {
    for (const path of PATHS) {
      for (const method of methods) expect(ours.match(method, path), path).toEqual(theirs.match(method, path));
    }
  }
});
