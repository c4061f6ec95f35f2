import { hashSecret, makeSecret } from "./secrets.ts";

/** How long a one-time link is valid, in ms: three days. */
const LINK_LIFE = 3 * 24 * 3_600_000;

/** A one-time link to set a password, with what is stored of it. */
export interface NewLink {
  /** Holds the secret: to be shown once. */
  readonly link: string;
  readonly hash: string;
  /** Unix ms. */
  readonly expiresAt: number;
}

/** Makes a link at which a user sets a password. Behind `#` no server, proxy or referrer ever sees its secret. */
export function makeOneTimeLink(baseUrl: string, now: number): NewLink {
  const secret = makeSecret();
  return {
    link: new URL(`/welcome#${secret}`, baseUrl).href,
    hash: hashSecret(secret),
    expiresAt: now + LINK_LIFE,
  };
}
