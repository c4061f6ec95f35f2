import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ConnectionState, createHub, type Hub } from "../../web/client/mod.ts";
import { createClock } from "../_clock.ts";
import { findPort } from "../_port.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";
import { Program } from "../scripts/_program.ts";

/** For what takes its time: the hub looks for expired credentials twice a second. */
const PATIENCE = 15_000;
const clock = createClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ now: clock.now });
});
afterAll(() => server[Symbol.asyncDispose]());

let serial = 0;

/** Makes a token that lives for a time in ms. */
async function makeToken(life: number): Promise<{ readonly id: number; readonly secret: string }> {
  const expiresAt = new Date(clock.now() + life).toISOString();
  const response = await server.mutate("tokens.create", {
    name: `short-${++serial}`,
    scopes: ["read", "publish"],
    expiresAt,
  });
  const { result } = (await response.json()) as { result: { data: { id: number; secret: string } } };
  return result.data;
}

/** Everything that a follower is told, in order, as words. */
function follow(hub: Hub) {
  const told: string[] = [];
  const subscription = hub.subscribe(
    {},
    {
      onNotification: ({ message }) => told.push(message ?? ""),
      onState: (state) => told.push(state),
      onEnded: ({ reason }) => told.push(`ended: ${reason}`),
      onError: (error) => told.push(`refused: ${error.data?.code}`),
    },
  );
  const until = (word: string) => vi.waitFor(() => expect(told.at(-1)).toBe(word), PATIENCE);
  return { told, subscription, until };
}

test("a closed subscription is let go, also one that was refused for good", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  using hub = createHub({ url: server.url, token: TOKEN });
  using stranger = createHub({ url: server.url, token: "bf_of-nobody" });
  const open = async (where: Hub, last: string) => {
    const { subscription, until } = follow(where);
    await until(last);
    subscription.close();
    return new WeakRef(subscription);
  };
  const gone = [await open(hub, "live"), await open(stranger, "refused: UNAUTHORIZED")];
  await vi.waitFor(() => {
    collect();
    expect(gone.map((one) => one.deref()?.state)).toEqual([undefined, undefined]);
  }, PATIENCE);
});

test("a token that is asked for is asked for anew for each call and each connection", async () => {
  let asked = 0;
  const token = async () => {
    asked += 1;
    return TOKEN;
  };
  using hub = createHub({ url: server.url, token });
  await hub.publish({ message: "one" });
  await hub.list();
  expect(asked).toBe(2);
  const { until } = follow(hub);
  await until("live");
  expect(asked).toBe(3);
});

test("a call whose token cannot be had fails with the reason, and a subscription tries again", async () => {
  let isAway = true;
  const token = () => {
    if (isAway) throw new Error("the issuer is away");
    return TOKEN;
  };
  using hub = createHub({ url: server.url, token });
  await expect(hub.publish({ message: "one" })).rejects.toThrow("the issuer is away");
  const { told, until } = follow(hub);
  await until("offline");
  isAway = false;
  await until("live");
  expect(told).toEqual(["connecting", "offline", "live"]);
});

test("a subscription whose token has expired goes on with a fresh one at once, and misses nothing", async () => {
  const tokens = [await makeToken(60_000), await makeToken(600_000)];
  let asked = 0;
  using hub = createHub({ url: server.url, token: () => tokens[asked++]?.secret ?? "" });
  const { told, until } = follow(hub);
  await until("live");
  await server.publish({ message: "before" });
  await until("before");
  clock.advance(61_000);
  await server.publish({ message: "meanwhile" });
  await vi.waitFor(() => expect(told.filter((word) => word === "live")).toHaveLength(2), PATIENCE);
  await server.publish({ message: "after" });
  await until("after");
  expect(asked).toBe(2);
  // Whether the hub or the notification comes first is open.
  const others = told.filter((word) => word !== "meanwhile");
  expect(others).toEqual(["connecting", "live", "before", "connecting", "ended: expired", "live", "after"]);
  expect(told).toHaveLength(others.length + 1);
});

test("a subscription whose token was revoked ends for good, with both reasons", async () => {
  const { id, secret } = await makeToken(600_000);
  using hub = createHub({ url: server.url, token: secret });
  const { told, subscription, until } = follow(hub);
  await until("live");
  await server.mutate("tokens.revoke", { id });
  await until("refused: UNAUTHORIZED");
  expect(told).toEqual(["connecting", "live", "connecting", "ended: revoked", "closed", "refused: UNAUTHORIZED"]);
  expect(subscription.state).toBe("closed");
});

test("a frozen server is noticed, and once it thaws what was missed arrives, each once", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  const port = await findPort();
  const env = { BELFRY_ADMIN_TOKEN: TOKEN, BELFRY_HEARTBEAT: "0.2", BELFRY_LOG_LEVEL: "info" };
  await using frozen = new Program(["serve", "--port", `${port}`, "--data", folder.path], { env });
  await frozen.prints(/Belfry listens on/);
  using hub = createHub({ url: `http://127.0.0.1:${port}`, token: TOKEN });
  const received: string[] = [];
  const states: ConnectionState[] = [];
  hub.subscribe(
    {},
    { onNotification: ({ message }) => received.push(message ?? ""), onState: (state) => states.push(state) },
  );
  await vi.waitFor(() => expect(states.at(-1)).toBe("live"), PATIENCE);
  await hub.publish({ message: "before" });
  await vi.waitFor(() => expect(received).toEqual(["before"]), PATIENCE);

  frozen.kill("SIGSTOP");
  const numbers = Array.from({ length: 20 }, (_, n) => `missed ${n}`);
  const missed = Promise.all(numbers.map((message) => hub.publish({ message })));
  await vi.waitFor(() => expect(states.at(-1)).toBe("offline"), PATIENCE);
  frozen.kill("SIGCONT");
  await missed;
  await hub.publish({ message: "after" });
  await vi.waitFor(() => expect(received.at(-1)).toBe("after"), PATIENCE);
  expect(received.toSorted()).toEqual(["before", ...numbers, "after"].toSorted());
  expect(states).toEqual(["connecting", "live", "offline", "live"]);
});
