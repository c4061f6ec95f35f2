import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ExpiryClock } from "../../web/client/expiry_clock.ts";
import { createHub, type Notification } from "../../web/client/mod.ts";
import { startTestServer, TOKEN } from "../_server.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const iso = (at: number) => new Date(at).toISOString();

test("ExpiryClock tells each when its time is over, the early ones first, and none that is gone or stays", () => {
  const told: (readonly number[])[] = [];
  const start = Date.now();
  const clock = new ExpiryClock((ids) => told.push(ids));
  clock.watch({ id: 1, expiresAt: iso(start + 60_000) });
  clock.watch({ id: 2, expiresAt: iso(start + 1_000) });
  clock.watch({ id: 3 });
  clock.watch({ id: 4, expiresAt: iso(start + 1_000) });
  clock.watch({ id: 5, expiresAt: iso(start + 40 * 86_400_000) });
  clock.forget([4]);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([[2]]);
  vi.advanceTimersByTime(59_000);
  expect(told).toEqual([[2], [1]]);
  vi.advanceTimersByTime(40 * 86_400_000);
  expect(told).toEqual([[2], [1], [5]]);
  clock.watch({ id: 6, expiresAt: iso(Date.now() + 10) });
  clock.close();
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveLength(3);
});

test("a subscription that was away when something expired takes it off the screen by itself", async () => {
  vi.useRealTimers();
  const shift = { by: 0 };
  await using server = await startTestServer({ now: () => Date.now() + shift.by });
  using hub = createHub({ url: server.url, token: TOKEN });
  const seen = Promise.withResolvers<Notification>();
  const expired = Promise.withResolvers<readonly number[]>();
  using subscription = hub.subscribe(
    {},
    { onNotification: seen.resolve, onExpired: ({ ids }) => expired.resolve(ids), onConnected: () => ready.resolve() },
  );
  const ready = Promise.withResolvers<void>();
  await ready.promise;
  // By the hub's clock it never expires: only the client's own can tell.
  shift.by = -3_600_000;
  await server.publish({ message: "soon over", expiresAt: Date.now() + 1_000 });
  const { id } = await seen.promise;
  expect(await expired.promise).toEqual([id]);
  expect(subscription.state).toBe("live");
});
