/** No name of a user or a token can be mistaken for another's, nor for the hub itself, in `sender` and in the trail. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createClock } from "../_clock.ts";
import { type Credential, JWT_SECRET, makeToken, makeUser, mutate, query, signJwt } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { type Ended, runBelfry } from "../scripts/_program.ts";

const clock = createClock();
let server: TestServer;
let admin: Credential;
let mia: Credential;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now, env: { BELFRY_JWT_SECRET: JWT_SECRET } });
  admin = { cookie: await signInAdmin(server) };
  mia = await makeUser(server, admin, { id: "mia" });
});
afterAll(() => server[Symbol.asyncDispose]());

const belfry = (...args: string[]): Promise<Ended> => runBelfry(args, { env: { BELFRY_DATA: server.folder } });

describe("a user's id", () => {
  const ACTORS = [
    "cli",
    "CLI",
    "System",
    "jwt",
    "nobody",
    " cli ",
    "ｃｌｉ",
    "sys\u200btem",
    "token:laptop",
    "Token:x",
  ];

  test.each(ACTORS)("is not %j, whoever asks", async (id) => {
    const invited = await mutate(server, "users.invite", { id, email: "new@example.com" }, admin);
    expect(invited).toMatchObject({ status: 400, text: expect.stringContaining("is a name that the hub uses itself") });
    const logged = server.logs.length;
    const jwt = await signJwt({ sub: id, roles: ["admin"], exp: clock.now() / 1_000 + 60 });
    expect(await query(server, "users.list", undefined, jwt)).toMatchObject({ status: 401 });
    expect(server.logs.slice(logged).join("")).toContain("is a name that the hub uses itself");
  });

  test("is not one of these on the command line either", async () => {
    const ended = await Promise.all(
      ["Nobody", "token:x"].map((id) => belfry("user", "invite", "new@example.com", "--id", id)),
    );
    for (const { code, stdout, stderr } of ended) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^Cannot run belfry user invite: --id is a name that the hub uses itself .*\n$/);
    }
    const { data } = await query<{ id: string }[]>(server, "users.list", undefined, admin);
    expect(data.map(({ id }) => id)).toEqual(["admin", "mia"]);
  });

  test("may hold such a name, and `to` and grants may name anybody", async () => {
    for (const [n, id] of ["client", "tokens", "jwt-1", "not token:b"].entries()) {
      expect(await mutate(server, "users.invite", { id, email: `new-${n}@example.com` }, admin)).toMatchObject({
        status: 200,
      });
    }
    expect(await server.publish({ message: "m", to: ["cli", "token:x"] })).toMatchObject({ to: ["cli", "token:x"] });
    const grant = { channel: "general", permission: "publish", audience: "user", userId: "system" };
    expect(await mutate(server, "channels.grant", grant, admin)).toMatchObject({ status: 200 });
  });
});

describe("a name that people read", () => {
  const FORGED = [
    "mia\n  2  bf_abcdef…  active",
    "mia\r\nadmin",
    "a\u001b[2Kb",
    "a\u0085b",
    "a\u2028b",
    "a\u202egnp.exe",
    "a\u2066b",
  ];

  test.each(FORGED)("is one line of printable text, not %j", async (name) => {
    const email = "forger@example.com";
    const refused = [
      await mutate(server, "users.invite", { email, name }, admin),
      await mutate(server, "users.update", { id: "mia", name }, admin),
      await mutate(server, "tokens.create", { name }, mia),
    ];
    for (const { status, text } of refused) {
      expect({ status, text }).toMatchObject({ status: 400, text: expect.stringContaining("one line of printable") });
    }
    const made = await mutate(server, "users.invite", { id: name, email }, admin);
    expect(made).toMatchObject({ status: 400, text: expect.stringContaining("must not hold control characters") });
  });

  test("is made one of what a JWT says", async () => {
    const jwt = await signJwt({ sub: "forger", name: "For\nger\u202e", exp: clock.now() / 1_000 + 60 });
    expect((await query(server, "session.current", undefined, jwt)).data).toMatchObject({ user: { name: "For ger" } });
  });

  test("may hold what people's names hold", async () => {
    for (const name of ["Zoë O’Neil-Ångström", "山田 太郎", "علی\u200cرضا", "👩\u200d🚀"]) {
      expect((await mutate(server, "users.update", { id: "mia", name }, admin)).data).toMatchObject({ name });
    }
  });

  test("forges no line of a list, also where it was stored before", async () => {
    const { id } = await makeToken(server, mia, { name: "innocent" });
    {
      using db = openDatabase(server.folder);
      db.sqlite.prepare("UPDATE tokens SET name = ? WHERE id = ?").run("innocent\n   9  bf_forged…  active", id);
      db.sqlite.prepare("UPDATE users SET name = ? WHERE id = 'mia'").run("mia\nroot  admin  active");
    }
    const [tokens, users] = [await belfry("token", "list"), await belfry("user", "list")];
    expect(tokens.stdout).toMatch(/innocent {4}9 {2}bf_forged/);
    expect(users.stdout).toMatch(/mia root {2}admin {2}active/);
    for (const { stdout } of [tokens, users]) expect(stdout).not.toMatch(/^(?:\s+9 {2}bf_forged|root)/m);
  });
});

describe("a token's name", () => {
  const create = (name: string, by = admin, fields: object = {}) =>
    mutate<{ id: number }>(server, "tokens.create", { name, ...fields }, by);

  test("is no other valid token's, whoever it belongs to and however it is written", async () => {
    const { id } = await makeToken(server, mia, { name: "Backup job" });
    for (const name of ["Backup job", "backup JOB", "Backup  job", "Backup\u200b job", "Ｂackup job"]) {
      for (const by of [admin, mia]) {
        const refused = await create(name, by);
        expect(refused).toMatchObject({ status: 409, text: expect.stringContaining("this name is taken") });
        expect(refused.text).not.toContain("bf_");
      }
    }
    const { code, stdout, stderr } = await belfry("token", "create", "backup job");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Cannot create token "backup job": this name is taken; choose another, or revoke .*\n$/);
    expect((await create("Backup job 2")).status).toBe(200);
    await mutate(server, "tokens.revoke", { id }, mia);
    expect((await create("backup job")).status, "once it is free").toBe(200);
  });

  test.each<[string, (name: string) => string]>([
    ["in capitals", (name) => name.toUpperCase()],
    ["in small letters", (name) => name.toLowerCase()],
    ["with a wide letter", (name) => String.fromCodePoint((name.codePointAt(0) ?? 0) + 0xfee0) + name.slice(1)],
    ["with something invisible", (name) => `${name.slice(0, 3)}\u200b${name.slice(3)}`],
    ["with a soft hyphen", (name) => `${name}\u00ad`],
    ["with spaces around it", (name) => `\u3000${name} `],
  ])("is compared with what is stored and with what is reserved alike: %s", async (_, write) => {
    const { id } = await makeToken(server, mia, { name: "Night job" });
    expect(await create(write("Night job"))).toMatchObject({ status: 409 });
    expect(await create(write("BELFRY_ADMIN_TOKEN"))).toMatchObject({ status: 400 });
    await mutate(server, "tokens.revoke", { id }, mia);
  });

  test("is free again when the token has expired or its user is deleted", async () => {
    expect((await create("brief", mia, { expiresAt: new Date(clock.now() + 1_000).toISOString() })).status).toBe(200);
    expect((await create("brief")).status).toBe(409);
    clock.advance(1_000);
    expect((await create("brief")).status).toBe(200);
    const gus = await makeUser(server, admin, { id: "gus" });
    expect((await create("of gus", gus)).status).toBe(200);
    await mutate(server, "users.delete", { id: "gus" }, admin);
    expect((await create("of gus")).status).toBe(200);
  });

  test("goes to one of many who ask for it at once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => create("wanted", i % 2 ? admin : mia)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(409)]);
  });

  test("is not BELFRY_ADMIN_TOKEN, so nobody publishes in its name", async () => {
    for (const name of ["BELFRY_ADMIN_TOKEN", "belfry_admin_token", " Belfry_Admin_Token\u200b"]) {
      const refused = await create(name, mia);
      expect(refused).toMatchObject({
        status: 400,
        text: expect.stringContaining("the token that the environment sets"),
      });
    }
    const { code, stdout, stderr } = await belfry("token", "create", "belfry_admin_token");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Cannot create a token: NAME is the name of the token that the environment sets .*\n$/);
    expect(await server.publish({ message: "m" })).toMatchObject({ sender: "token:BELFRY_ADMIN_TOKEN" });
    const tokens = await query(server, "tokens.list", undefined, { authorization: `Bearer ${TOKEN}` });
    expect(tokens.text.toLowerCase()).not.toContain("admin_token");
  });
});
