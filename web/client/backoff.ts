/** First and longest wait between two attempts, in ms. */
const FIRST = 200;
const LONGEST = 10_000;

/** How long to wait before an attempt (0, 1, 2, …), in ms: doubling, capped, and spread so that clients do not return at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
  return ceiling / 2 + (random() * ceiling) / 2;
}
