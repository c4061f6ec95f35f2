import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { TooManyRequestsError } from "./limits.ts";

/** The work of one derivation: scrypt's own parameters. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** About 70 ms and 32 MiB on a small server (OWASP's second choice for scrypt). */
export const PASSWORD_COST: PasswordCost = { N: 2 ** 15, r: 8, p: 1 };
const KEY_BYTES = 32;
/** Derivations at once: they share libuv's four threads with files and names, which must not wait for them. */
const AT_ONCE = 2;
/** Derivations that may wait; beyond, callers are told to come back. */
const MAX_WAITING = 50;
/** Seconds after which the queue has moved on. */
const RETRY_AFTER = 5;

/** Hashes and verifies passwords with scrypt, off the main thread and only a few at once. */
export class Passwords {
  readonly #cost: PasswordCost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `cost` is that of new hashes; one that exists is verified at its own. */
  constructor(cost: PasswordCost) {
    this.#cost = cost;
  }

  /** Hashes a password: `scrypt$<N>$<r>$<p>$<salt>$<key>`, salt and key in base64url. @throws {TooManyRequestsError} */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await this.#derive(password, salt, this.#cost);
    const { N, r, p } = this.#cost;
    return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
  }

  /**
   * Whether a password is the one that was hashed. Without a hash (an unknown account) the answer is no, after the same
   * work. @throws {TooManyRequestsError}
   */
  async verify(password: string, hash: string | null): Promise<boolean> {
    const [scheme, n, r, p, salt, key] = hash?.split("$") ?? [];
    if (scheme !== "scrypt" || !salt || !key) {
      await this.#derive(password, Buffer.alloc(16), this.#cost);
      return false;
    }
    const expected = Buffer.from(key, "base64url");
    const actual = await this.#derive(password, Buffer.from(salt, "base64url"), {
      N: Number(n),
      r: Number(r),
      p: Number(p),
    });
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  }

  async #derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new TooManyRequestsError(
        "Cannot check a password: too many wait already; try again in a moment",
        RETRY_AFTER,
      );
    }
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await derive(password, salt, cost);
    } finally {
      // The place goes to the next in line, or is free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const maxmem = 256 * cost.N * cost.r;
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
