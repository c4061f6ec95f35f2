import type { Database } from "../../db/database.ts";
import { findSession } from "../../db/sessions.ts";
import { findToken } from "../../db/tokens.ts";
import type { Writer } from "../../db/writer.ts";
import { type Caller, NOBODY } from "./caller.ts";
import { readSessionCookie } from "./cookie.ts";
import { hashSecret, isSameSecret } from "./secrets.ts";

/** How long a session lives after its last use, in ms: 30 days. */
export const SESSION_LIFE = 30 * 24 * 3_600_000;
/** A session in use is extended at most this often, in ms. */
const EXTEND_EVERY = 3_600_000;
/** How long a look-up of a credential may be reused, in ms. Bounds how late a change by another process is seen. */
const REUSE = 1_000;
/** Most look-ups remembered. */
const MAX_REMEMBERED = 10_000;

/** Where the credentials of a request may stand. */
export interface Credentials {
  /** The Authorization header. */
  readonly authorization?: string | null | undefined;
  /** The Cookie header. */
  readonly cookie?: string | null | undefined;
  /** A token from the query or from tRPC's connectionParams; streams only. */
  readonly token?: string | null | undefined;
}

/** What authenticating needs. */
export interface AuthenticatorOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly now: () => number;
  readonly adminToken?: string | undefined;
}

interface Remembered {
  readonly caller: Caller;
  readonly until: number;
}

/** Turns the credentials of a request into a caller. */
export class Authenticator implements Disposable {
  readonly #options: AuthenticatorOptions;
  readonly #remembered = new Map<string, Remembered>();
  readonly #subscription: Disposable;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    // What changed may be a credential: forget everything but after plain appends.
    this.#subscription = options.writer.onCommit((committed) => {
      if (committed.some(({ command }) => !command.kind.startsWith("notification."))) this.#remembered.clear();
    });
  }

  /** The caller of a request. A credential that is not valid makes nobody, also beside one that is. */
  authenticate({ authorization, cookie, token }: Credentials): Caller {
    if (authorization) return this.#byToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "");
    if (token) return this.#byToken(token);
    const secret = readSessionCookie(cookie);
    return secret ? this.#bySession(secret) : NOBODY;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #byToken(secret: string): Caller {
    return this.#remember(secret, () => {
      const { db, now, adminToken } = this.#options;
      if (adminToken && isSameSecret(secret, adminToken))
        return { kind: "token", id: null, name: "BELFRY_ADMIN_TOKEN" };
      const row = findToken(db, hashSecret(secret), now());
      return row ? { kind: "token", id: row.id, name: row.name } : NOBODY;
    });
  }

  #bySession(secret: string): Caller {
    return this.#remember(`cookie ${secret}`, () => {
      const { db, now, writer } = this.#options;
      const hash = hashSecret(secret);
      const found = findSession(db, hash, now());
      if (!found) return NOBODY;
      const { session, user } = found;
      const expiresAt = now() + SESSION_LIFE;
      if (expiresAt - session.expiresAt > EXTEND_EVERY) {
        // The caller does not wait: an extension that fails is tried again with the next request.
        writer.execute({ kind: "session.extend", input: { hash, expiresAt } }).catch(() => undefined);
      }
      const { id, email, name, role } = user;
      return { kind: "user", id, email, name, role, session: hash };
    });
  }

  #remember(key: string, find: () => Caller): Caller {
    const now = this.#options.now();
    const known = this.#remembered.get(key);
    if (known && known.until > now) return known.caller;
    const caller = find();
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    if (caller !== NOBODY) this.#remembered.set(key, { caller, until: now + REUSE });
    return caller;
  }
}
