/** server/auth/ finds out WHO CALLS: secrets, passwords, sessions, tokens, and the way from a request to a caller. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What every token begins with, so that a leaked one is recognised. */
export const TOKEN_PREFIX = "bf_";
/** Characters of a token that may be shown to recognise it. */
const SHOWN = 8;

/** A random secret of 256 bits, URL-safe. */
export function makeSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A new token, shown once, with what is stored of it. */
export interface NewToken {
  readonly secret: string;
  readonly prefix: string;
  readonly hash: string;
}

/** Makes a token: `bf_` and 256 random bits. */
export function makeToken(): NewToken {
  const secret = TOKEN_PREFIX + makeSecret();
  return { secret, prefix: secret.slice(0, SHOWN), hash: hashSecret(secret) };
}

/** SHA-256 in lower-case hex: enough for secrets of 256 random bits, which nobody can guess from their hash. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares two secrets in a time that tells nothing about them. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(a)), Buffer.from(hashSecret(b)));
}
