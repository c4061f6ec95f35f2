import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Grant,
  matchesPattern,
  may,
  mayAdminister,
  PERMISSIONS,
  type Permission,
  SCOPES,
  type Subject,
} from "../../server/rules/access.ts";
import { channelName, channelPattern } from "../../server/rules/names.ts";

test.each([
  ["orders", "orders", true],
  ["orders", "orders.x", false],
  ["orders", "ordersx", false],
  ["orders", "Orders", false],
  ["orders.*", "orders", false],
  ["orders.*", "orders.x", true],
  ["orders.*", "orders.x.y", true],
  ["orders.*", "ordersx", false],
  ["orders.*", "ordersx.y", false],
  ["orders.*", "my.orders.x", false],
  ["orders.x.*", "orders.x", false],
  ["orders.x.*", "orders.x.y", true],
  ["*", "orders", true],
  ["*", "orders.x.y", true],
  ["", "orders", false],
  [".*", "orders", false],
  ["ord*", "orders", false],
  ["*.x", "orders.x", false],
  ["**", "orders", false],
  ["o.ders", "orders", false],
  ["orders|vault", "vault", false],
])("the pattern %j and the channel %j: %s", (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test.each(["orders.", ".orders", "ord*", "*.x", "**", "orders.*.x", "orders..*", "", "a b", "orders.*\n"])(
  "channelPattern refuses %j",
  (pattern) => {
    expect(channelPattern.safeParse(pattern).success).toBe(false);
  },
);

const NAMES = ["orders", "orders.x", "orders.x.y", "ordersx", "vault"];
const PATTERNS = ["*", "orders", "orders.*", "orders.x", "orders.x.*", "vault", "vault.*"];
const name = fc.constantFrom(...NAMES);
const patterns = fc.subarray(PATTERNS);
const permission = fc.constantFrom(...PERMISSIONS);
const grant = fc.tuple(permission, fc.constantFrom("public", "everyone", "a", "b")).map(([permission, who]): Grant => {
  if (who === "public") return { permission: "read", audience: "public", userId: "" };
  if (who === "everyone") return { permission, audience: "everyone", userId: "" };
  return { permission, audience: "user", userId: who };
});
const channel = fc.record({ name, grants: fc.array(grant, { maxLength: 4 }) });
const subject: fc.Arbitrary<Subject> = fc
  .record({
    user: fc.constantFrom(null, "a", "b", "c"),
    isSignedIn: fc.boolean(),
    isAdmin: fc.boolean(),
    scopes: fc.option(fc.subarray([...SCOPES]).map((list) => new Set(list))),
    patterns: fc.option(patterns),
    claims: fc.option(fc.record({ read: patterns, publish: patterns })),
  })
  // Nobody has no rights of his own.
  .map((some) => (some.isSignedIn ? some : { ...some, user: null, isAdmin: false, claims: null }));

/** The patterns as a person reads them: part by part. */
function covers(pattern: string, of: string): boolean {
  const wanted = pattern.split(".");
  const parts = of.split(".");
  if (wanted.at(-1) !== "*") return pattern === of;
  const before = wanted.slice(0, -1);
  return (before.length < parts.length || before.length === 0) && before.every((part, i) => part === parts[i]);
}

/** What an owner may, without a token: everything that somebody gives. */
function ownerMay(
  { user, isSignedIn, isAdmin, claims }: Subject,
  wanted: Permission,
  of: string,
  grants: readonly Grant[],
) {
  if (isAdmin) return true;
  const given = new Set<Permission>();
  for (const { permission, audience, userId } of grants) {
    if (audience === "user" ? user !== userId : audience === "everyone" && !isSignedIn) continue;
    for (const implied of permission === "manage" ? PERMISSIONS : [permission]) given.add(implied);
  }
  if (claims?.read.some((pattern) => covers(pattern, of))) given.add("read");
  if (claims?.publish.some((pattern) => covers(pattern, of))) given.add("publish");
  return given.has(wanted);
}

describe("may()", () => {
  test("decides as the naive model: what the owner may, and the token lets through", () => {
    fc.assert(
      fc.property(subject, permission, channel, (who, wanted, { name, grants }) => {
        const tokenLets =
          (who.scopes === null || who.scopes.has("admin") || (wanted !== "manage" && who.scopes.has(wanted))) &&
          (who.patterns === null || who.patterns.some((pattern) => covers(pattern, name)));
        expect(may(who, wanted, { name, grants })).toBe(tokenLets && ownerMay(who, wanted, name, grants));
      }),
      { numRuns: 3_000 },
    );
  });

  test("a token only ever takes away from its owner", () => {
    fc.assert(
      fc.property(subject, permission, channel, (who, wanted, where) => {
        const owner = { ...who, scopes: null, patterns: null };
        if (may(who, wanted, where)) expect(may(owner, wanted, where)).toBe(true);
        if (mayAdminister(who)) expect(mayAdminister(owner)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a further grant only ever gives, and to nobody else", () => {
    fc.assert(
      fc.property(subject, permission, channel, grant, (who, wanted, { name, grants }, more) => {
        const before = may(who, wanted, { name, grants });
        const after = may(who, wanted, { name, grants: [...grants, more] });
        if (before) expect(after).toBe(true);
        if (more.audience === "user" && more.userId !== who.user) expect(after).toBe(before);
      }),
      { numRuns: 1_000 },
    );
  });

  test("public read is for reading only, also where a row says more", () => {
    const nobody = { user: null, isSignedIn: false, isAdmin: false, scopes: null, patterns: null, claims: null };
    const grants = PERMISSIONS.map((permission): Grant => ({ permission, audience: "public", userId: "" }));
    const where = { name: "orders", grants };
    expect(PERMISSIONS.filter((permission) => may(nobody, permission, where))).toEqual(["read"]);
  });

  test("a user whose id is empty has no grant of everyone's rows", () => {
    const empty = { user: "", isSignedIn: false, isAdmin: false, scopes: null, patterns: null, claims: null };
    const grants: Grant[] = [{ permission: "manage", audience: "everyone", userId: "" }];
    expect(may(empty, "read", { name: "orders", grants })).toBe(false);
  });
});

test("matchesPattern() agrees with the naive model for every name and pattern that the rules let in", () => {
  const part = fc.constantFrom("a", "b", "ab", "a-b", "_");
  const anyName = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
  const anyPattern = fc.oneof(
    fc.constant("*"),
    anyName,
    anyName.map((text) => `${text}.*`),
  );
  fc.assert(
    fc.property(anyName, anyPattern, (text, pattern) => {
      expect(channelName.safeParse(text).success && channelPattern.safeParse(pattern).success).toBe(true);
      expect(matchesPattern(pattern, text)).toBe(covers(pattern, text));
    }),
  );
});

test.each([
  ["a person", null, null, true],
  ["a token with the scope admin for every channel", ["admin"], ["*"], true],
  ["a token with the scope admin for some channels", ["admin"], ["orders.*"], false],
  ["a token that reads and publishes", ["read", "publish"], ["*"], false],
] as const)("mayAdminister(): of an admin, %s", (_, scopes, patterns, expected) => {
  const admin = { user: "a", isSignedIn: true, isAdmin: true, claims: null, patterns };
  expect(mayAdminister({ ...admin, scopes: scopes && new Set(scopes) })).toBe(expected);
  expect(mayAdminister({ ...admin, isAdmin: false, scopes: scopes && new Set(scopes) })).toBe(false);
});
