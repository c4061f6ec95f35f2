import { isSameSecret, makeSecret } from "./secrets.ts";

/** How long the one-time link is valid, in ms: 30 minutes. */
export const FIRST_RUN_LIFE = 30 * 60_000;

/** The one-time secret that lets the first visitor make the first admin; new on each start, never stored. */
export class FirstRun {
  readonly #secret = makeSecret();
  readonly #expiresAt: number;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#expiresAt = now() + FIRST_RUN_LIFE;
  }

  /** The link to print. The secret stands behind `#`, so that no server, proxy or referrer ever sees it. */
  link(baseUrl: string): string {
    return new URL(`/setup#${this.#secret}`, baseUrl).href;
  }

  /** Whether a secret is the one of the link, in time. */
  accepts(secret: string): boolean {
    return this.#now() < this.#expiresAt && isSameSecret(secret, this.#secret);
  }
}
