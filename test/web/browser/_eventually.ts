import { expect } from "vitest";

/** How long a page may take to show what is expected, in ms: a busy machine needs more than the default second. */
const PATIENCE = 10_000;

/** Expects of a page what it need not show yet: asks again until it holds. */
export function eventually<Value>(read: () => Value | Promise<Value>, message?: string) {
  return expect.poll(read, { timeout: PATIENCE, ...(message && { message }) });
}
