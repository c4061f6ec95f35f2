/** `belfry preferences`, `belfry connections`, and what `publish` and `follow` say about recipients, against a running server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClock } from "../_clock.ts";
import { type Credential, makeToken, makeUser, mutate } from "../_people.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { signInAdmin } from "../_session.ts";
import { openSse } from "../_sse.ts";
import { Program, runBelfry } from "./_program.ts";

const clock = createClock();
let server: TestServer;
let admin: Credential;
let ownToken: string;

const env = (token: string) => ({ BELFRY_URL: server.url, BELFRY_TOKEN: token, TZ: "Europe/Berlin" });
/** Runs a command as the admin in person, with a token of everything that the admin may. */
const own = (...args: string[]) => runBelfry(args, { env: env(ownToken) });
/** Runs a command with the token that is bound to nobody. */
const belfry = (...args: string[]) => runBelfry(args, { env: env(TOKEN) });

/** A failure as it has to be: this code, one line on standard error, nothing else. */
function oneLine(code: number, pattern: RegExp) {
  const line = new RegExp(`^Cannot [^\\n]*${pattern.source}[^\\n]*\\n$`);
  return { code, stdout: "", stderr: expect.stringMatching(line) };
}

beforeAll(async () => {
  server = await startTestServer({ now: clock.now, channels: ["orders", "deploys"] });
  admin = { cookie: await signInAdmin(server) };
  ownToken = (await makeToken(server, admin, { scopes: ["admin"] })).secret;
});
afterAll(() => server[Symbol.asyncDispose]());

describe("belfry preferences", () => {
  test("shows what holds, and changes only what the options name", async () => {
    const before = await own("preferences");
    expect(before).toEqual({
      code: 0,
      signal: null,
      stderr: "",
      stdout:
        "muted                  nothing\n" +
        "lowest severity        info\n" +
        "quiet hours            none\n" +
        "sound                  off\n" +
        "browser notifications  off\n",
    });
    await own("preferences", "--mute", "orders,deploys", "--for", "8h", "--min-severity", "warning", "--sound", "on");
    await own("preferences", "--mute", "general", "--unmute", "deploys", "--channel-severity", "orders=error");
    const after = await own("preferences", "--quiet", "22:00-07:00", "--days", "fri,sat", "--critical", "hold");
    expect(after.stdout).toBe(
      "muted                  orders until 2030-01-01 09:00:00, general\n" +
        "lowest severity        warning, orders: error\n" +
        "quiet hours            22:00 to 07:00 Europe/Berlin, beginning on fri, sat; critical ones wait as well\n" +
        "sound                  on\n" +
        "browser notifications  off\n",
    );
    const json = JSON.parse((await own("preferences", "--json")).stdout);
    expect(json).toEqual({
      muted: { orders: "2030-01-01T08:00:00.000Z", general: true },
      minSeverity: "warning",
      channelSeverity: { orders: "error" },
      quietHours: {
        ...{ from: "22:00", to: "07:00", timeZone: "Europe/Berlin", days: ["fri", "sat"], criticalPasses: false },
      },
      sound: true,
      browserNotifications: false,
    });
  });

  test("takes everything back", async () => {
    await own("preferences", "--mute", "orders", "--quiet", "12:00-13:00", "--time-zone", "UTC", "--browser", "on");
    const off = ["--quiet", "off", "--unmute", "orders,general", "--channel-severity", "orders=", "--sound", "off"];
    const after = await own("preferences", ...off, "--min-severity", "info", "--browser", "off");
    expect(after.stdout).toMatch(/^muted +nothing\nlowest severity +info\nquiet hours +none\nsound +off\n.* off\n$/);
  });

  test.each([
    [["--for", "8h"], 2, /--for goes with --mute/],
    [["--mute", "orders", "--for", "soon"], 2, /--for must be a time such as 30m/],
    [["--channel-severity", "orders"], 2, /--channel-severity must be such as orders=error/],
    [["--channel-severity", "orders=bad"], 2, /--channel-severity must be such as/],
    [["--quiet", "22-07"], 2, /--quiet must be off, or such as 22:00-07:00/],
    [["--quiet", "off", "--days", "mon"], 2, /--days goes with --quiet FROM-TO/],
    [["--time-zone", "UTC"], 2, /--time-zone goes with --quiet/],
    [["--sound", "loud"], 2, /--sound must be one of on, off/],
    [["--mute", "odrers"], 1, /there is no channel "odrers"/],
    [["--quiet", "25:00-07:00"], 1, /quietHours\.from must be a time of the day/],
    [["--quiet", "22:00-07:00", "--time-zone", "Mars"], 1, /quietHours\.timeZone must be the IANA name/],
    [["--quiet", "22:00-07:00", "--days", "friday"], 1, /quietHours\.days\.0 must be one of sun, mon/],
  ])("refuses %j", async (args, code, pattern) => {
    expect(await own("preferences", ...args)).toMatchObject(oneLine(code, pattern));
  });

  test("of a token that is bound to no user there are none", async () => {
    expect(await belfry("preferences")).toMatchObject(oneLine(1, /bound to no user/));
  });
});

test("belfry connections lists the open streams and closes one", async () => {
  const mia = await makeUser(server, admin, { id: "mia" });
  using stream = await openSse(`${server.url}/api/notifications/stream?channels=orders`, { headers: mia });
  const clientId = /"clientId":"([^"]+)"/.exec((await stream.take(2)).map(({ data }) => data).join())?.[1] ?? "";
  await using following = new Program(["follow"], { env: env(TOKEN) });
  await expect
    .poll(async () => (await belfry("connections")).stdout, { timeout: 15_000 })
    .toMatch(
      new RegExp(
        `^${clientId} +2030-01-01 01:00:00  sse    live  mia  orders\n[\\w-]+ +2030-01-01 01:00:00  trpc   live  token:BELFRY_ADMIN_TOKEN  everything\n$`,
      ),
    );
  expect(JSON.parse((await belfry("connections", "--json")).stdout)).toMatchObject([{ clientId, user: "mia" }, {}]);
  expect(await belfry("connections", "--close", clientId)).toMatchObject({
    code: 0,
    stdout: `${clientId} is closed\n`,
  });
  await stream.ended;
  expect(await belfry("connections", "--close", clientId)).toMatchObject(oneLine(1, /there is none with this id/));
  following.kill("SIGTERM");
});

test("belfry publish reaches one open stream, and says which recipients are not known", async () => {
  using stream = await openSse(`${server.url}/api/notifications/stream`, { headers: admin });
  const clientId = /"clientId":"([^"]+)"/.exec((await stream.take(2)).map(({ data }) => data).join())?.[1] ?? "";
  expect(await belfry("publish", "hello", "--to-client", clientId)).toMatchObject({
    ...{ code: 0, stdout: "delivered, not stored\n" },
  });
  expect((await stream.next()).data).toContain('"hello"');
  expect(await belfry("publish", "hello", "--to-client", "nobody-there")).toMatchObject(oneLine(1, /no client/));
  const published = await belfry("publish", "hello", "--to", "admin,bob,eve");
  expect(published).toMatchObject({ code: 0, stderr: "Not known to the hub: bob, eve\n" });
});

test("belfry follow --all prints what is addressed to others", async () => {
  await using following = new Program(["follow", "--all", "--since", "0"], { env: env(TOKEN) });
  await mutate(server, "notifications.publish", { message: "for mia only", to: "mia" }, admin);
  await following.prints(/for mia only/);
});
