/** `belfry publish --deliver-at`, `scheduled`, `remove` and `channel update`, as their users run them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClock } from "../_clock.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { Program, runBelfry } from "./_program.ts";

const clock = createClock(Date.now());
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now });
});
afterAll(() => server[Symbol.asyncDispose]());

const belfry = (...args: string[]) => runBelfry(args, { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });

test("what publish --deliver-at schedules is listed, moved, cancelled, and delivered when it is due", async () => {
  await using follower = new Program(["follow", "--json"], { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });
  const first = await belfry("publish", "In an \u001b[31mhour", "--deliver-at", "1h", "--expires-at", "+2h");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const [, id = ""] = /^scheduled (\d+) for \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n$/.exec(first.stdout) ?? [];
  const second = await belfry(
    "publish",
    "--json",
    "Tomorrow",
    "--deliver-at",
    new Date(clock.now() + 86_400_000).toISOString(),
  );
  const tomorrow = JSON.parse(second.stdout) as { scheduledId: number; deliverAt: string };
  expect(tomorrow.deliverAt).toBe(new Date(clock.now() + 86_400_000).toISOString());

  const listed = await belfry("scheduled", "list");
  expect(listed.stdout).toMatch(
    new RegExp(
      `^ +${id} {2}[\\d -]+:\\d\\d:\\d\\d {2}general {2}token:BELFRY_ADMIN_TOKEN {2}In an hour\n +${tomorrow.scheduledId} .*Tomorrow\n$`,
    ),
  );
  expect(listed.stdout).not.toContain("\u001b");
  const json = (await belfry("scheduled", "list", "--json", "--channel", "general")).stdout.trim().split("\n");
  expect(json.map((line) => JSON.parse(line).scheduledId)).toEqual([Number(id), tomorrow.scheduledId]);

  expect((await belfry("scheduled", "move", `${tomorrow.scheduledId}`, "30m")).stdout).toMatch(/^\d+ is due at /);
  expect((await belfry("scheduled", "cancel", id)).stdout).toBe(`${id} is cancelled\n`);
  clock.advance(30 * 60_000);
  await follower.prints(/"message":"Tomorrow"/);
  expect((await belfry("scheduled", "list")).stdout).toBe("");
});

test("publish --idempotency-key publishes once, and --expires-at is told to followers", async () => {
  await using follower = new Program(["follow", "--json"], { env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN } });
  const args = ["publish", "Backup done", "--idempotency-key", "backup", "--expires-at", "10m"];
  const [first, second] = [await belfry(...args), await belfry(...args)];
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\n$/) });
  expect(second.stdout).toBe(first.stdout);
  expect(await belfry("publish", "Another", "--idempotency-key", "backup")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Cannot publish: the idempotency key "backup" came before with something else/),
  });
  await belfry("publish", "connected");
  await follower.prints(/"message":"connected"/);
  clock.advance(600_000);
  await follower.prints(new RegExp(`\\{"event":"expired","ids":\\[${first.stdout.trim()}\\]\\}`));
});

test("remove takes back what was sent, and followers are told", async () => {
  await using follower = new Program(["follow", "--since", "0"], {
    env: { BELFRY_URL: server.url, BELFRY_TOKEN: TOKEN },
  });
  const id = (await belfry("publish", "wrong")).stdout.trim();
  await follower.prints(/wrong/);
  expect(await belfry("remove", id, "--reason", "typing error")).toMatchObject({
    code: 0,
    stdout: `${id} is removed\n`,
  });
  await follower.prints(new RegExp(`^Removed: general ${id}$`, "m"));
  expect(await belfry("remove", id)).toMatchObject({ code: 1, stderr: expect.stringMatching(/none with this id\n$/) });
});

test("channel create and update say how much is kept, and list shows it", async () => {
  const made = await belfry("channel", "create", "short", "--keep-days", "7", "--keep-count", "1000", "--json");
  expect(JSON.parse(made.stdout)).toMatchObject({ name: "short", retention: { days: 7, count: 1_000 } });
  expect((await belfry("channel", "create", "plain")).stdout).toBe("plain\n");
  const updated = await belfry("channel", "update", "short", "--keep-forever", "--description", "For all time");
  expect(updated.stdout).toMatch(/^short +forever +For all time\n$/);
  expect((await belfry("channel", "update", "short", "--keep-count", "5")).stdout).toMatch(
    /^short +5 newest +For all time\n$/,
  );
  expect((await belfry("channel", "list")).stdout).toMatch(/^plain +90 days\nshort +5 newest +For all time\n$/m);
});

test("they say in one line what is wrong", async () => {
  for (const [ended, code, reason] of [
    [await belfry("publish", "m", "--deliver-at", "soon"), 2, /--deliver-at must be .*is "soon"/],
    [await belfry("publish", "m", "--expires-at", "2020-01-01"), 1, /expiresAt must lie in the future/],
    [await belfry("scheduled"), 2, /name a command/],
    [await belfry("scheduled", "cancel", "999999"), 1, /nothing with this id waits/],
    [await belfry("scheduled", "cancel", "one"), 2, /"one" is no id/],
    [await belfry("scheduled", "move", "1"), 2, /TIME is missing/],
    [await belfry("remove", "x"), 2, /"x" is no id/],
    [await belfry("channel", "update", "general"), 2, /name something to change/],
    [
      await belfry("channel", "update", "general", "--keep-days", "many"),
      2,
      /--keep-days must be a whole number, is "many"/,
    ],
    [
      await belfry("channel", "update", "general", "--keep-forever", "--keep-count", "5"),
      2,
      /cannot be given together/,
    ],
    [await belfry("channel", "update", "missing", "--keep-forever"), 1, /there is no channel "missing"/],
  ] as const) {
    expect(ended.stderr).toMatch(reason);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(/^(?:[^\n]*\n)*Cannot [^\n]+\n$/);
  }
});
