/** Whom nobody can judge must not go on for ever. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StreamKeeper, type Ticket, type Verdict } from "../../server/hub/keeper.ts";
import type { Reader } from "../../server/hub/reader.ts";

const NEVER = Number.POSITIVE_INFINITY;
const FILTER = {} as NonNullable<Verdict["filter"]>;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A keeper over one stream, whose judge answers what it is told. */
function keepOne(judge: () => Promise<Verdict>) {
  const errors: unknown[] = [];
  const ends: string[] = [];
  const keeper = new StreamKeeper<Ticket>({ judge, now: () => 0, onError: (error) => errors.push(error) });
  const reader = { filter: FILTER, end: (reason: string) => ends.push(reason), refilter: () => undefined };
  keeper.watch(reader as unknown as Reader, { expiresAt: NEVER } as Ticket);
  return { keeper, errors, ends };
}

test("a stream ends when it cannot be judged three times in a row, and the failure is told once", async () => {
  const { keeper, errors, ends } = keepOne(() => Promise.reject(new Error("no table")));
  using _ = keeper;
  keeper.recheck();
  await vi.advanceTimersByTimeAsync(2_500);
  expect(ends).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(ends).toEqual(["revoked"]);
  expect(errors).toHaveLength(1);
});

test("a stream goes on when a judge fails twice and then answers, and as long as the verdict is open", async () => {
  let calls = 0;
  const { keeper, ends } = keepOne(async () => {
    calls += 1;
    if (calls % 3 !== 0) throw new Error("no table");
    return { filter: FILTER, isFinal: false, expiresAt: NEVER };
  });
  using _ = keeper;
  keeper.recheck();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toBeGreaterThan(20);
  expect(ends).toEqual([]);
});
