/** The program `belfry`, as its users run it: real processes, real files, one server for all tests that only use it. */
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTempFolder } from "../_temp.ts";
import { Program, type ProgramOptions, runBelfry } from "./_program.ts";

const temp = makeTempFolder();
const data = join(temp.path, "data");
let server: Program;
let url = "";
let token = "";
let tokenHint = "";

/** Runs a command against the shared server. */
function belfry(args: readonly string[], options: ProgramOptions = {}) {
  const env = { BELFRY_DATA: data, BELFRY_URL: url, BELFRY_TOKEN: token, ...options.env };
  return runBelfry(args, { ...options, env });
}

/** A failure as it has to be: this code, one line on standard error, nothing else. */
function oneLine(code: number, pattern: RegExp) {
  const line = new RegExp(`^Cannot [^\\n]*${pattern.source}[^\\n]*\\n$`);
  return { code, stdout: "", stderr: expect.stringMatching(line) };
}

/** An address where nothing listens: its port was free a moment ago. */
async function unusedUrl(): Promise<string> {
  await using other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = new Program(["serve", "--port", "0", "--data", data]);
  url = (await server.prints(/Belfry listens on (http:\/\/127\.0\.0\.1:\d+)\n/))[1] ?? "";
  const made = await belfry(["token", "create", "tests", "--expires", "90d"]);
  token = made.stdout.trim();
  tokenHint = made.stderr;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  temp[Symbol.dispose]();
});

describe("belfry serve", () => {
  test("prints the one-time link of a hub without an admin", async () => {
    const [, link] = await server.prints(/(http:\S+\/setup#[\w-]{43})\n/);
    expect(link?.startsWith(`${url}/setup#`)).toBe(true);
  });

  test("says where it listens and where its users reach it, and that no proxy is trusted", async () => {
    const env = { BELFRY_PUBLIC_URL: "https://hub.example.com" };
    await using own = new Program(["serve", "--port", "0", "--data", join(temp.path, "public")], { env });
    await own.prints(
      /^Belfry listens on http:\/\/127\.0\.0\.1:\d+\nIts users reach it at https:\/\/hub\.example\.com\n/,
    );
    await own.prints(/^Note: BELFRY_PUBLIC_URL is https, .* set BELFRY_TRUSTED_PROXIES$/m);
    await own.prints(/^ {2}https:\/\/hub\.example\.com\/setup#[\w-]{43}$/m);
  });

  test("refuses a port that is taken", async () => {
    await using other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const ended = await runBelfry(["serve", "--port", `${port}`, "--data", join(temp.path, "taken")]);
    expect(ended).toMatchObject(oneLine(1, /listen on 127\.0\.0\.1:\d+: another program listens there/));
  });

  test("refuses a data folder that cannot be", async () => {
    const file = join(temp.path, "file");
    writeFileSync(file, "");
    const ended = await runBelfry(["serve", "--port", "0", "--data", join(file, "data")]);
    expect(ended).toMatchObject(oneLine(1, /write the data folder .*ENOTDIR/));
  });

  test("refuses a data folder that another server holds", async () => {
    const ended = await runBelfry(["serve", "--port", "0", "--data", data]);
    expect(ended).toMatchObject(oneLine(1, /another Belfry process has locked it/));
  });

  test("refuses a damaged database", async () => {
    using folder = makeTempFolder();
    writeFileSync(join(folder.path, "belfry.db"), "this is not a database, ".repeat(400));
    const ended = await runBelfry(["serve", "--port", "0", "--data", folder.path]);
    expect(ended).toMatchObject(oneLine(1, /it is damaged/));
    const found = await runBelfry(["doctor", "--port", "0", "--data", folder.path]);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/^bad +database +Cannot open .* damaged/m);
  });

  test("refuses a setting that cannot be", async () => {
    expect(await runBelfry(["serve", "--port", "many"])).toMatchObject(oneLine(1, /--port .*many/));
  });

  test("ends with 0 soon after SIGTERM, also while streams are open", async () => {
    using folder = makeTempFolder();
    await using own = new Program(["serve", "--port", "0", "--data", folder.path]);
    const [, address = ""] = await own.prints(/listens on (\S+)/);
    const secret = (await runBelfry(["token", "create", "stream", "--data", folder.path])).stdout.trim();
    const headers = { authorization: `Bearer ${secret}` };
    const stream = await fetch(`${address}/api/notifications/stream`, { headers });
    await using follower = new Program(["follow", "--url", address, "--token", secret, "--since", "0"]);
    expect((await belfry(["publish", "hello", "--url", address, "--token", secret])).code).toBe(0);
    await follower.prints(/hello/);

    const start = performance.now();
    own.kill("SIGTERM");
    expect(await own.ended()).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(await stream.text()).toContain("hello");
    await follower.prints(/trying again/);
  });
});

describe("belfry publish and follow", () => {
  test("what is published in one terminal appears in another", async () => {
    const env = { BELFRY_URL: url, BELFRY_TOKEN: token };
    await using json = new Program(["follow", "--json", "--since", "0", "--types", "backup"], { env });
    await using screen = new Program(["follow", "--since", "0", "--min-severity", "warning"], { env });
    const args = ["Disk\u001b]0;owned\u0007 full", "--title", "Backup", "--severity", "error", "--type", "backup"];
    const published = await belfry(["publish", ...args, "--data", '{"host":"db-1"}', "--tags", "a,b"]);
    expect(published).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\n$/), stderr: "" });

    const [, line = ""] = await json.prints(/^(.*)\n/);
    expect(JSON.parse(line)).toMatchObject({
      id: Number(published.stdout),
      channel: "general",
      severity: "error",
      title: "Backup",
      data: { host: "db-1" },
      tags: ["a", "b"],
      sender: "token:tests",
    });
    const [shown] = await screen.prints(/^.*Backup.*\n/m);
    expect(shown).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}error {5}general {2}Backup · Disk.* full\n$/);
    // What others publish must not steer the reader's terminal, and what is no terminal gets no colours.
    expect(shown).not.toContain("\u001b");

    screen.kill("SIGINT");
    const ended = await screen.ended();
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/--since \w+-\d+\n$/) });
  });

  test("the message may come from standard input, the answer as JSON; a signal needs no message", async () => {
    const [piped, signal] = await Promise.all([
      belfry(["publish", "--json"], { input: "first line\nsecond line\n" }),
      belfry(["publish", "--json", "--event", "order.created", "--data", "[1]"]),
    ]);
    expect(JSON.parse(piped.stdout)).toMatchObject({ message: "first line\nsecond line" });
    expect(JSON.parse(signal.stdout)).toMatchObject({ event: "order.created", data: [1] });
  });

  test("a refusal is one line, and says nothing of the token", async () => {
    const env = { BELFRY_TOKEN: "bf_wrong-secret" };
    const [channel, credential, published, exported, nothing, absent] = await Promise.all([
      belfry(["publish", "x", "--channel", "nowhere"]),
      belfry(["follow"], { env }),
      belfry(["publish", "x"], { env }),
      belfry(["export", "--token", "bf_wrong-secret"]),
      belfry(["publish", "x", "--url", await unusedUrl()]),
      belfry(["publish", "x"], { env: { BELFRY_TOKEN: "" } }),
    ]);
    expect(channel).toMatchObject(oneLine(1, /there is no channel "nowhere"/));
    const ended = [credential, published, exported];
    for (const one of ended) expect(one).toMatchObject(oneLine(1, /is not valid \(unknown, revoked or expired\)/));
    for (const one of ended) expect(one.stderr).not.toContain("wrong-secret");
    expect(ended.map(({ stderr }) => /(\S+) is not valid/.exec(stderr)?.[1])).toEqual([
      "BELFRY_TOKEN",
      "BELFRY_TOKEN",
      "--token",
    ]);
    expect(nothing).toMatchObject(oneLine(1, /publish at http:\/\/127\.0\.0\.1:\d+: nothing listens there/));
    expect(absent).toMatchObject(oneLine(1, /no token; set BELFRY_TOKEN/));
  });

  test("a command line that is not understood ends with 2", async () => {
    const [word, part, nothing, option, value, dash, enumeration, extra, json] = await Promise.all([
      belfry(["pubish", "x"]),
      belfry(["user", "lits"]),
      belfry(["frobnicate"]),
      belfry(["publish", "x", "--chanel", "a"]),
      belfry(["publish", "x", "--title"]),
      belfry(["token", "create", "x", "--expires", "-5d"]),
      belfry(["publish", "x", "--severity", "bad"]),
      belfry(["publish", "x", "y"]),
      belfry(["publish", "x", "--data", "{"]),
    ]);
    expect(word).toMatchObject(
      oneLine(2, /there is no command "pubish" \(did you mean publish\?\); see: belfry --help/),
    );
    expect(part).toMatchObject(
      oneLine(2, /there is no command "lits" \(did you mean list\?\); see: belfry user --help/),
    );
    expect(nothing).toMatchObject(oneLine(2, /there is no command "frobnicate", only serve, publish, /));
    expect(option).toMatchObject(oneLine(2, /unknown option '--chanel'/));
    expect(value).toMatchObject(oneLine(2, /--title/));
    expect(dash).toMatchObject(oneLine(2, /--expires needs a value, and "-5d" begins with a dash/));
    expect(enumeration).toMatchObject(oneLine(2, /--severity must be one of info, .*"bad"/));
    expect(extra).toMatchObject(oneLine(2, /"y" is one word too many/));
    expect(json).toMatchObject(oneLine(2, /--data is not valid JSON/));
  });
});

test("an option of serve that cannot be is named as it was given", async () => {
  expect(await belfry(["serve", "--port", "99999"])).toMatchObject(
    oneLine(1, /: --port must be a port number \(got "99999"\)/),
  );
  const both = await belfry(["serve", "--public-url", "x"], { env: { BELFRY_PORT: "99999" } });
  expect(both).toMatchObject(oneLine(1, /BELFRY_PORT must be .*; --public-url must be /));
});

describe("belfry token", () => {
  test("a new token opens the API, and its secret is in no file", async () => {
    expect(token).toMatch(/^bf_[\w-]{43}$/);
    expect(tokenHint).toContain("never shown again");
    expect(tokenHint).not.toContain(token);
    const response = await fetch(`${url}/api/notifications`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    const files = readdirSync(data).map((name) => readFileSync(join(data, name), "latin1"));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(file).not.toContain(token.slice("bf_".length));
  });

  test("a revoked token opens nothing more, and the list shows no secret", async () => {
    const made = await belfry(["token", "create", "short-lived"]);
    const secret = made.stdout.trim();
    const [, id = ""] = /Token (\d+)/.exec(made.stderr) ?? [];
    expect(await belfry(["token", "revoke", id])).toMatchObject({ code: 0 });
    expect(await belfry(["token", "revoke", id])).toMatchObject(oneLine(1, /there is no active token/));
    const listed = await belfry(["token", "list"]);
    expect(listed.stdout).toMatch(/revoked .*short-lived/);
    expect(listed.stdout).toMatch(/active .*tests/);
    expect(listed.stdout).not.toContain(secret);
    const response = await fetch(`${url}/api/notifications`, { headers: { authorization: `Bearer ${secret}` } });
    expect(response.status).toBe(401);
  });

  test("without a database there is nothing to list", async () => {
    const ended = await belfry(["token", "list", "--data", join(temp.path, "nothing")]);
    expect(ended).toMatchObject(oneLine(1, /there is no database in/));
  });
});

describe("belfry doctor", () => {
  test("finds a running server in order", async () => {
    const { stdout, stderr } = await belfry(["doctor"], { env: { BELFRY_PORT: "1" } });
    expect(stderr, "found by BELFRY_URL").toBe("");
    expect(stdout).not.toContain("proxy");
    for (const subject of ["Node", "data folder", "disk", "lock", "database", "schema", "integrity", "server"]) {
      expect(stdout).toMatch(new RegExp(`^ok +${subject} `, "m"));
    }
    expect(stdout).toContain("a server holds the data folder");
    const findings = stdout.trimEnd().split("\n");
    expect(findings.filter((line) => line.startsWith("bad") && !line.includes("web page"))).toEqual([]);
  });

  test("looks where --url says, and notes an https address without a trusted proxy", async () => {
    const elsewhere = await unusedUrl();
    const env = { BELFRY_PUBLIC_URL: "https://hub.example.com" };
    const { code, stdout } = await belfry(["doctor", "--url", elsewhere], { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^note +proxy +BELFRY_PUBLIC_URL is https, .* set BELFRY_TRUSTED_PROXIES$/m);
    expect(stdout).toMatch(new RegExp(`^bad +server .*${elsewhere}/healthz does not answer`, "m"));
    expect(await belfry(["doctor", "--url", "hub"])).toMatchObject(oneLine(1, /"hub" is not an http or https URL/));
  });

  test("says what is wrong, and ends with 1", async () => {
    await using other = createServer((_, response) => response.writeHead(404).end("{}")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stdout } = await belfry(["doctor", "--port", `${port}`]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^bad +server +http:\S+\/healthz answers 404/m);
  });
});

test("belfry --help and --version answer on standard output", async () => {
  const [version, help, usage] = await Promise.all([
    runBelfry(["--version"]),
    runBelfry(["--help"]),
    runBelfry(["token", "create", "--help"]),
  ]);
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
  for (const command of ["serve", "publish", "follow", "user", "token", "audit", "doctor"])
    expect(help.stdout).toContain(command);
  expect(usage.stdout).toContain("belfry token create");
  expect(usage.stdout).not.toContain("\u001b");
});

test("what belfry compiled is kept where NODE_COMPILE_CACHE says, never among everybody's temporary files", async () => {
  using folder = makeTempFolder();
  const [temporary, kept] = [join(folder.path, "temporary"), join(folder.path, "kept")];
  mkdirSync(temporary);
  const version = (env: Readonly<Record<string, string>>) => runBelfry(["--version"], { env });
  const plain = await version({ TMPDIR: temporary });
  expect(readdirSync(temporary)).toEqual([]);
  expect(await version({ NODE_COMPILE_CACHE: kept })).toEqual(plain);
  expect(readdirSync(kept)).not.toEqual([]);
  expect(await version({ NODE_COMPILE_CACHE: "/dev/null/nowhere" }), "it goes without").toEqual(plain);
});
