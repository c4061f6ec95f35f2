import { systemNow } from "./clock.ts";

/** Longest wait of one timer, in ms: longer ones end at once. */
const LONGEST = 2 ** 31 - 1;

/** Tells when the time of notifications is over, also to whoever was away when the hub said so. One timer for all. */
export class ExpiryClock {
  readonly #onExpired: (ids: readonly number[]) => void;
  /** Unix milliseconds. */
  readonly #now: () => number;
  readonly #expiring = new Map<number, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onExpired: (ids: readonly number[]) => void, now: () => number = systemNow) {
    this.#onExpired = onExpired;
    this.#now = now;
  }

  /** Watches a notification; `expiresAt` is ISO 8601, absent: it stays. */
  watch({ id, expiresAt }: { readonly id: number; readonly expiresAt?: string }): void {
    if (expiresAt === undefined) return;
    this.#expiring.set(id, Date.parse(expiresAt));
    this.#arm();
  }

  /** Lets notifications go that are gone already. */
  forget(ids: readonly number[]): void {
    for (const id of ids) this.#expiring.delete(id);
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#expiring.clear();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#expiring.size === 0) return;
    const next = Math.min(...this.#expiring.values());
    const wait = Math.min(Math.max(0, next - this.#now()), LONGEST);
    this.#timer = setTimeout(() => this.#tell(), wait);
    // In Node the timer alone keeps no program alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #tell(): void {
    const now = this.#now();
    const over = [...this.#expiring].filter(([, at]) => at <= now).map(([id]) => id);
    this.forget(over);
    if (over.length > 0) this.#onExpired(over);
    this.#arm();
  }
}
