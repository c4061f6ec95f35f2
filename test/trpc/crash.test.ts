import { expect, test } from "vitest";
import { createHub, type Notification } from "../../web/client/mod.ts";
import { TOKEN } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";
import { Victim } from "../_victim.ts";

const PUBLISHERS = 8;
const EACH = 125;
const KILLS = 5;

test("every acknowledged notification arrives exactly once and in order, through five SIGKILLs", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using hub = createHub({ url: victim.url, token: TOKEN });

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
