/** `belfry user`, `audit`, `channel grant` and scoped tokens, as their users run them, beside a running server. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { openSse } from "../_sse.ts";
import { makeTempFolder } from "../_temp.ts";
import { runBelfry } from "./_program.ts";

const PASSWORD = "correct horse battery";
let server: TestServer;

/** Runs a command on the server's data folder, or against the server with its admin token. */
function belfry(...args: string[]) {
  return runBelfry(args, { env: { BELFRY_DATA: server.folder, BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });
}

/** A failure as it has to be: this code, one line on standard error, nothing else. */
function oneLine(code: number, pattern: RegExp) {
  const line = new RegExp(`^Cannot [^\\n]*${pattern.source}[^\\n]*\\n$`);
  return { code, stdout: "", stderr: expect.stringMatching(line) };
}

/** Calls a mutation that needs no credential. */
function call(path: string, input: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}/trpc/${path}`, { method: "POST", headers, body: JSON.stringify(input) });
}

beforeAll(async () => {
  server = await startTestServer({ channels: ["orders", "orders.eu"] });
});

afterAll(() => server[Symbol.asyncDispose]());

describe("belfry user", () => {
  test("invite prints a link that sets a password once, and stores no secret of it", async () => {
    const invited = await belfry(
      "user",
      "invite",
      "Ann@example.com",
      "--id",
      "ann",
      "--role",
      "admin",
      "--url",
      "https://hub.example.com",
    );
    const [, secret = ""] = /^https:\/\/hub\.example\.com\/welcome#([\w-]{43})\n$/.exec(invited.stdout) ?? [];
    expect(secret).not.toBe("");
    expect(invited).toMatchObject({ code: 0, stderr: expect.stringContaining("ann: once, until") });
    // Not read here: a process that closes a database's file drops the locks that SQLite holds on it in this process.
    const files = readdirSync(server.folder).map((name) => join(server.folder, name));
    const stored = execFileSync("cat", files, { encoding: "latin1" });
    expect(stored).toContain("ann@example.com");
    expect(stored).not.toContain(secret);

    const before = await belfry("user", "list");
    expect(before.stdout).toMatch(/^ID +ROLE +STATE +E-MAIL +NAME\nann +admin +no password +ann@example\.com +Ann\n$/);
    expect((await call("session.acceptLink", { secret, password: PASSWORD })).status).toBe(200);
    expect((await call("session.acceptLink", { secret, password: PASSWORD })).status).toBe(401);
    expect((await call("session.signIn", { email: "ann@example.com", password: PASSWORD })).status).toBe(200);
    const after = await belfry("user", "list", "--json");
    expect(JSON.parse(after.stdout)).toMatchObject([{ id: "ann", role: "admin", hasPassword: true, disabledAt: null }]);
    expect(after.stdout).not.toContain("scrypt");
  });

  test("reset voids the earlier link, leads to where the hub was started, and takes the e-mail for the id", async () => {
    await belfry("user", "invite", "cleo@example.com", "--id", "cleo");
    const first = await belfry("user", "reset", "cleo");
    const second = await belfry("user", "reset", "Cleo@example.com");
    expect(first.stdout.startsWith(`${server.url}/welcome#`)).toBe(true);
    expect(first.stderr).toMatch(/^Whoever opens this link sets the password of cleo[^\n]*\n$/);
    const secretOf = ({ stdout }: { readonly stdout: string }) => stdout.trim().split("#")[1];
    expect((await call("session.acceptLink", { secret: secretOf(first), password: PASSWORD })).status).toBe(401);
    expect((await call("session.acceptLink", { secret: secretOf(second), password: PASSWORD })).status).toBe(200);
  });

  test("a link leads to --url, else to BELFRY_PUBLIC_URL, else to the address that the hub wrote down", async () => {
    using folder = makeTempFolder();
    const env = { BELFRY_DATA: folder.path };
    await (await startTestServer({ folder: folder.path, env: { BELFRY_PUBLIC_URL: "https://a.example.com" } }))[
      Symbol.asyncDispose
    ]();
    await runBelfry(["user", "invite", "eve@example.com", "--id", "eve"], { env });
    const reset = async (args: readonly string[], given: Readonly<Record<string, string>>) => {
      const { stdout } = await runBelfry(["user", "reset", "eve", ...args], { env: { ...env, ...given } });
      return stdout.split("/welcome#")[0];
    };
    const client = { BELFRY_URL: "http://127.0.0.1:1" };
    expect(await reset([], client)).toBe("https://a.example.com");
    expect(await reset([], { ...client, BELFRY_PUBLIC_URL: "https://b.example.com" })).toBe("https://b.example.com");
    const named = ["--url", "https://c.example.com"];
    expect(await reset(named, { BELFRY_PUBLIC_URL: "https://b.example.com" })).toBe("https://c.example.com");
  });

  test("a link of a hub that never started leads to BELFRY_URL, or to a guess that is told", async () => {
    using folder = makeTempFolder();
    const env = { BELFRY_DATA: folder.path };
    await runBelfry(["token", "create", "early"], { env });
    const guessed = await runBelfry(["user", "invite", "eve@example.com", "--id", "eve"], { env });
    expect(guessed.stdout.startsWith("http://127.0.0.1:8787/welcome#")).toBe(true);
    expect(guessed.stderr).toMatch(
      /^Where users reach the hub is not known [^\n]*http:\/\/127\.0\.0\.1:8787; see --url\n/,
    );
    const told = await runBelfry(["user", "reset", "eve"], { env: { ...env, BELFRY_URL: "https://hub.example.com" } });
    expect(told.stdout.startsWith("https://hub.example.com/welcome#")).toBe(true);
    expect(told.stderr).not.toContain("not known");
  });

  test("disable ends a user's token and its streams within a second; enable lets it in again", async () => {
    await belfry("user", "invite", "dora@example.com", "--id", "dora");
    const secret = (await belfry("token", "create", "dora", "--user", "dora")).stdout.trim();
    const headers = { authorization: `Bearer ${secret}` };
    const status = async () => (await fetch(`${server.url}/api/notifications`, { headers })).status;
    using stream = await openSse(`${server.url}/api/notifications/stream`, { headers });
    expect((await stream.take(2)).at(-1)?.event).toBe("connected");
    expect(await belfry("user", "disable", "dora")).toMatchObject({ code: 0, stdout: "User dora is disabled\n" });
    const ended = performance.now();
    expect(await stream.next()).toMatchObject({ event: "ended", data: '{"reason":"revoked"}' });
    expect(performance.now() - ended).toBeLessThan(1_000);
    expect(await status()).toBe(401);
    expect((await belfry("token", "list")).stdout, "not ended, as the sessions are").toMatch(/resting .*dora$/m);
    await belfry("user", "enable", "dora");
    expect((await belfry("token", "list")).stdout).toMatch(/active .*dora$/m);
    await expect.poll(status, { timeout: 5_000 }).toBe(200);
    expect(await belfry("user", "delete", "dora@example.com")).toMatchObject({
      code: 0,
      stdout: "User dora is deleted\n",
    });
    await expect.poll(status, { timeout: 5_000 }).toBe(401);
  });

  test("role changes who is an admin, and the last one stays", async () => {
    using folder = makeTempFolder();
    await using own = await startTestServer({ folder: folder.path });
    const run = (...args: string[]) => runBelfry(args, { env: { BELFRY_DATA: own.folder } });
    await run("user", "invite", "a@example.com", "--id", "a", "--role", "admin");
    const [role, disable, remove] = await Promise.all([
      run("user", "role", "a", "member"),
      run("user", "disable", "a"),
      run("user", "delete", "a"),
    ]);
    expect(role).toMatchObject(oneLine(1, /change "a": it is the last admin/));
    expect(disable).toMatchObject(oneLine(1, /disable "a": it is the last admin/));
    expect(remove).toMatchObject(oneLine(1, /delete "a": it is the last admin/));
    await run("user", "invite", "b@example.com", "--id", "b");
    expect(await run("user", "role", "b", "admin")).toMatchObject({ code: 0, stdout: "User b is an admin now\n" });
    expect(await run("user", "role", "a", "member")).toMatchObject({ code: 0, stdout: "User a is a member now\n" });
  });

  test("a mistake is one line", async () => {
    const [email, id, url, role, unknown, nobody, nothing] = await Promise.all([
      belfry("user", "invite", "nonsense"),
      belfry("user", "invite", "x@example.com", "--id", "a\u001bb"),
      belfry("user", "invite", "x@example.com", "--url", "ftp://hub"),
      belfry("user", "role", "ann", "boss"),
      belfry("user", "reset", "nobody"),
      belfry("user", "disable", "nobody"),
      belfry("user", "list", "--data", join(server.folder, "nothing")),
    ]);
    expect(email).toMatchObject(oneLine(2, /EMAIL must be an e-mail address/));
    expect(id).toMatchObject(oneLine(2, /--id must not hold control characters/));
    expect(url).toMatchObject(oneLine(2, /--url must be an address such as https:/));
    expect(role).toMatchObject(oneLine(2, /ROLE must be one of admin, member/));
    expect(unknown).toMatchObject(oneLine(1, /password of "nobody": there is no such user/));
    expect(nobody).toMatchObject(oneLine(1, /"nobody": there is no such user/));
    expect(nothing).toMatchObject(oneLine(1, /there is no database in/));
  });
});

describe("belfry token", () => {
  test("create gives scopes and channels, and refuses what cannot be", async () => {
    const secret = (
      await belfry("token", "create", "narrow", "--scopes", "publish", "--channels", "orders.*")
    ).stdout.trim();
    const publish = (channel: string) =>
      fetch(`${server.url}/api/notifications`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ channel, message: "x" }),
      });
    expect((await publish("orders.eu")).status).toBe(201);
    expect((await publish("orders")).status).toBe(403);
    const [user, scope, pattern, listed] = await Promise.all([
      belfry("token", "create", "x", "--user", "nobody"),
      belfry("token", "create", "x", "--scopes", "read,write"),
      belfry("token", "create", "x", "--channels", "orders.*.x"),
      belfry("token", "list", "--json"),
    ]);
    expect(user).toMatchObject(oneLine(1, /token for "nobody": there is no such user/));
    expect(scope).toMatchObject(oneLine(2, /--scopes: entry 2 must be one of read, publish, admin/));
    expect(pattern).toMatchObject(oneLine(2, /--channels: entry 1 must be a channel such as orders/));
    const rows = JSON.parse(listed.stdout) as { readonly name: string }[];
    const row = rows.find(({ name }) => name === "narrow");
    expect(row).toMatchObject({ scopes: ["publish"], patterns: ["orders.*"], owner: null, expiresAt: null });
    expect(row).not.toHaveProperty("hash");
  });
});

describe("belfry channel", () => {
  test("grant and revoke say who may what", async () => {
    const anonymous = () => fetch(`${server.url}/api/notifications?channels=orders`).then(({ status }) => status);
    expect(await anonymous()).toBe(401);
    expect(await belfry("channel", "grant", "orders", "read", "--public")).toMatchObject({ code: 0, stderr: "" });
    await belfry("channel", "grant", "orders", "publish", "--user", "ann");
    expect(await anonymous()).toBe(200);
    const listed = await belfry("channel", "grants", "orders");
    expect(listed.stdout).toBe("read     everyone signed in\nread     anybody\npublish  ann\n");
    expect(await belfry("channel", "revoke", "orders", "read", "--public")).toMatchObject({ code: 0, stderr: "" });
    expect(await anonymous()).toBe(401);
    const again = await belfry("channel", "revoke", "orders", "read", "--public");
    expect(again).toMatchObject(oneLine(1, /it was not given/));
  });

  test("grant takes an e-mail for the user's id, and says when nobody has the id yet", async () => {
    await belfry("user", "invite", "fred@example.com", "--id", "fred");
    const run = async (...args: string[]) => (await belfry("channel", ...args)).stdout;
    expect(await run("grant", "orders.eu", "read", "--user", "Fred@example.com")).toBe("fred may read orders.eu\n");
    const unknown = "fredd (no user has this id yet)";
    expect(await run("grant", "orders.eu", "read", "--user", "fredd")).toBe(`${unknown} may read orders.eu\n`);
    expect(await run("grants", "orders.eu")).toBe(`read     everyone signed in\nread     fred\nread     ${unknown}\n`);
    await run("revoke", "orders.eu", "read", "--user", "fred@example.com");
    await run("revoke", "orders.eu", "read", "--user", "fredd");
    expect(await run("grants", "orders.eu")).toBe("read     everyone signed in\n");
  });

  test("a grant to an e-mail that nobody had can be revoked once somebody has it", async () => {
    const run = async (...args: string[]) => (await belfry("channel", ...args)).stdout;
    await run("grant", "orders.eu", "publish", "--user", "gus@example.com");
    await belfry("user", "invite", "gus@example.com", "--id", "gus");
    await run("revoke", "orders.eu", "publish", "--user", "gus@example.com");
    expect(await run("grants", "orders.eu")).not.toContain("gus");
  });

  test("create --private makes a channel that only admins read until somebody is granted it", async () => {
    expect(await belfry("channel", "create", "secret", "--private")).toMatchObject({ code: 0, stdout: "secret\n" });
    expect((await belfry("channel", "grants", "secret")).stdout).toBe("");
    const member = (await belfry("token", "create", "member", "--user", "fred")).stdout.trim();
    const status = async () => {
      const headers = { authorization: `Bearer ${member}` };
      return (await fetch(`${server.url}/api/notifications?channels=secret`, { headers })).status;
    };
    expect(await status()).toBe(403);
    await belfry("channel", "grant", "secret", "read", "--user", "fred");
    expect(await status()).toBe(200);
  });

  test("a mistake is one line", async () => {
    const [whom, both, publicly, permission, channel] = await Promise.all([
      belfry("channel", "grant", "orders", "read"),
      belfry("channel", "grant", "orders", "read", "--everyone", "--user", "ann"),
      belfry("channel", "grant", "orders", "publish", "--public"),
      belfry("channel", "grant", "orders", "write", "--everyone"),
      belfry("channel", "grant", "nowhere", "read", "--everyone"),
    ]);
    expect(whom).toMatchObject(oneLine(2, /say for whom: one of --user ID, --everyone, --public/));
    expect(both).toMatchObject(oneLine(2, /say for whom/));
    expect(publicly).toMatchObject(oneLine(2, /--public is for read only/));
    expect(permission).toMatchObject(oneLine(2, /PERMISSION must be one of read, publish, manage/));
    expect(channel).toMatchObject(oneLine(1, /there is no channel "nowhere"/));
  });
});

describe("belfry audit", () => {
  test("prints who did what to whom, the newest first, without secrets", async () => {
    using folder = makeTempFolder();
    await using own = await startTestServer({ folder: folder.path });
    const run = (...args: string[]) => runBelfry(args, { env: { BELFRY_DATA: own.folder } });
    const { stdout: link } = await run("user", "invite", "eve@example.com", "--id", "eve");
    const { stdout: token } = await run("token", "create", "backup", "--user", "eve", "--expires", "1h");
    await run("user", "role", "eve", "admin");
    const [all, filtered, one, none] = await Promise.all([
      run("audit"),
      run("audit", "--target", "eve", "--action", "user.update", "--actor", "cli", "--from", "1h", "--json"),
      run("audit", "--limit", "1"),
      run("audit", "--until", "2020-01-31"),
    ]);
    const actions = ["user.update", "token.create", "link.create", "user.create", "channel.create"];
    expect(all.stdout.match(/(?<= )[a-z]+\.[a-z]+(?= +\S)/g)).toEqual(actions);
    expect(all.stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}cli +user\.update +eve {2}role "member" → "admin"\n/,
    );
    for (const secret of [link.split("#")[1]?.trim(), token.trim()]) expect(all.stdout).not.toContain(secret);
    expect(JSON.parse(filtered.stdout)).toMatchObject({
      actor: "cli",
      target: "eve",
      before: { role: "member" },
      after: { role: "admin" },
    });
    expect(one.stdout.trim().split("\n")).toHaveLength(1);
    expect(none).toMatchObject({ code: 0, stdout: "", stderr: expect.stringMatching(/^Nothing in the trail matches/) });
  });

  test("a mistake is one line", async () => {
    const [action, from, limit, nothing] = await Promise.all([
      belfry("audit", "--action", "user.made"),
      belfry("audit", "--from", "yesterday"),
      belfry("audit", "--limit", "0"),
      belfry("audit", "--data", join(server.folder, "nothing")),
    ]);
    expect(action).toMatchObject(oneLine(2, /--action must be one of session\.create, .*, is "user\.made"/));
    expect(from).toMatchObject(oneLine(2, /--from must be 2027-01-31/));
    expect(limit).toMatchObject(oneLine(2, /--limit must be a number from 1/));
    expect(nothing).toMatchObject(oneLine(1, /read the audit trail: there is no database in/));
  });
});
