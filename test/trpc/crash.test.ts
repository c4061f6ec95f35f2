import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createHub, type Notification } from "../../web/client/mod.ts";
import { findPort } from "../_port.ts";
import { TOKEN } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";

const ENTRY = fileURLToPath(new URL("../_crash_entry.ts", import.meta.url));
const PUBLISHERS = 8;
const EACH = 125;
const KILLS = 5;

/** A server process that can be killed and started again on the same port and data. */
class Victim implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  /** Resolves when it listens (again). */
  up: Promise<void> = Promise.resolve();

  constructor(env: Record<string, string>) {
    this.#env = { PATH: process.env["PATH"], ...env };
  }

  start(): Promise<void> {
    this.up = this.#start();
    return this.up;
  }

  /** Kills it with SIGKILL and starts it again. */
  async crash(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.up = promise;
    await this.#kill();
    await this.#start().then(resolve, reject);
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
  }

  async #start(): Promise<void> {
    const child = spawn(process.execPath, [ENTRY], { env: this.#env, stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    const exited = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened`);
    });
    exited.catch(() => undefined);
    const lines = createInterface(child.stdout);
    const listening = (async () => {
      for await (const line of lines) if (line.startsWith("listening ")) return;
    })();
    await Promise.race([listening, exited]);
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}

test("every acknowledged notification arrives exactly once and in order, through five SIGKILLs", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  const port = await findPort();
  await using victim = new Victim({
    BELFRY_PORT: `${port}`,
    BELFRY_DATA: folder.path,
    BELFRY_ADMIN_TOKEN: TOKEN,
    BELFRY_LOG_LEVEL: "error",
  });
  await victim.start();
  using hub = createHub({ url: `http://127.0.0.1:${port}`, token: TOKEN });

  const received: Notification[] = [];
  const gaps: unknown[] = [];
  const errors: unknown[] = [];
  const { promise: connected, resolve: onConnected } = Promise.withResolvers<void>();
  let connections = 0;
  hub.subscribe(
    {},
    {
      onNotification: (notification) => received.push(notification),
      onGap: (gap) => gaps.push(gap),
      onError: (error) => errors.push(error),
      onConnected: () => {
        connections += 1;
        onConnected();
      },
    },
  );
  await connected;

  const acknowledged: Notification[] = [];
  let kills = 0;
  let crash: Promise<void> = Promise.resolve();
  let unanswered = 0;
  const acknowledge = (stored: Notification) => {
    acknowledged.push(stored);
    // Evenly over the whole: each in the middle of seven other publishes.
    if (kills < KILLS && acknowledged.length >= ((kills + 1) * PUBLISHERS * EACH) / (KILLS + 1)) {
      kills += 1;
      crash = crash.then(() => victim.crash());
    }
  };
  await Promise.all(
    Array.from({ length: PUBLISHERS }, async (_, publisher) => {
      for (let n = 0; n < EACH; n += 1) {
        for (let attempt = 0; ; attempt += 1) {
          try {
            acknowledge(await hub.publish({ message: `${publisher}/${n}/${attempt}` }));
            break;
          } catch {
            unanswered += 1;
            await victim.up;
          }
        }
      }
    }),
  );
  await crash;
  expect(kills).toBe(KILLS);
  expect(acknowledged).toHaveLength(PUBLISHERS * EACH);

  const last = Math.max(...acknowledged.map(({ id }) => id));
  await expect.poll(() => received.at(-1)?.id ?? 0, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(last);

  expect(errors).toEqual([]);
  expect(gaps).toEqual([]);
  expect(connections).toBeGreaterThan(1);
  const ids = received.map(({ id }) => id);
  expect(ids, "in order of id, none twice").toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  const byId = new Map(received.map((notification) => [notification.id, notification]));
  for (const stored of acknowledged) expect(byId.get(stored.id)).toEqual(stored);
  expect(received.length - acknowledged.length, "what more arrived was not answered").toBeLessThanOrEqual(unanswered);

  const history = new Map<number, Notification>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await hub.list({ limit: 500, cursor });
    for (const item of page.items) history.set(item.id, item);
    cursor = page.next;
  }
  for (const notification of received) expect(history.get(notification.id)).toEqual(notification);
});
