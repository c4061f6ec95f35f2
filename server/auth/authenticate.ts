import type { Database } from "../../db/database.ts";
import { findSession } from "../../db/sessions.ts";
import { findToken } from "../../db/tokens.ts";
import { findUser, findUserByEmail } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import { SCOPES, type Scope } from "../rules/access.ts";
import { ADMIN_TOKEN_NAME } from "../rules/names.ts";
import type { AccessBook } from "./access_book.ts";
import { type Caller, callerOfJwt, NOBODY } from "./caller.ts";
import { readSessionCookie } from "./cookie.ts";
import { type JwtIdentity, type JwtVerifier, looksLikeJwt, whyRefused } from "./jwt.ts";
import { KeysUnavailableError } from "./remote_keys.ts";
import { hashSecret, isSameSecret } from "./secrets.ts";

/** How long a session lives after its last use, in ms: 30 days. */
export const SESSION_LIFE = 30 * 24 * 3_600_000;
/** A session or token in use is noted at most this often, in ms. */
const NOTE_EVERY = 60_000;
/** How long a look-up of a credential may be reused, in ms. */
const REUSE = 1_000;
/** Most look-ups remembered. */
const MAX_REMEMBERED = 10_000;
const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
const NEVER = Number.POSITIVE_INFINITY;

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
  readonly access: AccessBook;
  readonly now: () => number;
  /** Whether users reach the hub over https. */
  readonly secure: boolean;
  readonly adminToken?: string | undefined;
  /** Absent: JSON web tokens are not accepted. */
  readonly jwt?: JwtVerifier | undefined;
  /** Told why a JWT was refused; the caller is not. */
  readonly onRefused: (reason: string) => void;
  /** Told of a new user who gets no e-mail because another user has it. */
  readonly onEmailTaken: (user: string, other: string) => void;
}

/** Who a stream belongs to. */
export interface CallerNow {
  readonly caller: Caller;
  /** False: nobody can say now whether its credential is still valid. */
  readonly isSure: boolean;
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
  /** How often rights have changed: what was found before a change is not remembered after it. */
  #changes = 0;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#subscription = options.access.onChange(() => {
      this.#remembered.clear();
      this.#changes += 1;
    });
  }

  /**
   * The caller of a request; at once where it came a moment ago. A credential that is not valid makes nobody, also beside
   * one that is.
   *
   * @param address where the request comes from; absent: the credential is looked at again, which is no use of it
   * @throws {KeysUnavailableError} when it cannot be told now whether a JWT is valid.
   */
  authenticate({ authorization, cookie, token }: Credentials, address?: string): Caller | Promise<Caller> {
    if (authorization) {
      const secret = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
      return this.#recall(secret) ?? this.#remember(secret, this.#byToken(secret, address));
    }
    if (token) return this.#recall(token) ?? this.#remember(token, this.#byToken(token, address));
    const session = readSessionCookie(cookie, this.#options.secure);
    if (!session) return NOBODY;
    const key = `cookie ${session}`;
    return this.#recall(key) ?? this.#remember(key, this.#bySession(session, address));
  }

  /**
   * The caller of a stream that has been open for a while. While the keys of its JWT cannot be fetched, what this said
   * `before` holds, with what the hub knows of its user now; then it is not sure, and to be asked again.
   */
  async authenticateAgain(credentials: Credentials, before: Caller): Promise<CallerNow> {
    try {
      return { caller: await this.authenticate(credentials), isSure: true };
    } catch (error) {
      if (!(error instanceof KeysUnavailableError)) throw error;
      const identity = before.kind === "user" ? before.identity : null;
      return { caller: identity ? this.#toCaller(identity) : before, isSure: false };
    }
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #byToken(secret: string, address: string | undefined): Caller | Promise<Caller> {
    const { db, now, adminToken, jwt, writer } = this.#options;
    if (adminToken && isSameSecret(secret, adminToken)) {
      const everything = { scopes: ALL_SCOPES, patterns: ["*"], expiresAt: NEVER };
      return { kind: "token", id: null, name: ADMIN_TOKEN_NAME, owner: null, ...everything };
    }
    if (jwt && looksLikeJwt(secret)) return this.#byJwt(jwt, secret);
    const found = findToken(db, hashSecret(secret), now());
    if (!found) return NOBODY;
    const { token, owner } = found;
    const at = now();
    if (address !== undefined && at - (token.lastUsedAt ?? 0) > NOTE_EVERY) {
      // The caller does not wait, and a note that is lost is made with the next request.
      writer.execute({ kind: "token.touch", input: { id: token.id, at, address } }).catch(() => undefined);
    }
    return {
      kind: "token",
      id: token.id,
      name: token.name,
      owner: owner && { id: owner.id, role: owner.role },
      scopes: new Set(JSON.parse(token.scopes) as Scope[]),
      patterns: JSON.parse(token.patterns) as string[],
      expiresAt: token.expiresAt ?? NEVER,
    };
  }

  async #byJwt(jwt: JwtVerifier, secret: string): Promise<Caller> {
    let identity: JwtIdentity;
    try {
      identity = await jwt.verify(secret);
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      this.#options.onRefused(whyRefused(error));
      return NOBODY;
    }
    if (!findUser(this.#options.db, identity.id)) await this.#makeUser(identity);
    return this.#toCaller(identity);
  }

  /** The user whom a valid JWT names, by what the hub knows now. */
  #toCaller(identity: JwtIdentity): Caller {
    const caller = callerOfJwt(identity, findUser(this.#options.db, identity.id));
    if (typeof caller !== "string") return caller;
    this.#options.onRefused(caller);
    return NOBODY;
  }

  /** Users of another application are members from the first sight of them. */
  async #makeUser({ id, email, name }: JwtIdentity): Promise<void> {
    const { db, writer, now, onEmailTaken } = this.#options;
    const other = email === null ? undefined : findUserByEmail(db, email);
    if (other) onEmailTaken(id, other.id);
    // A name that is the address of another would be taken for them.
    const own = other ? { email: null, name: name.toLowerCase() === email ? id : name } : { email, name };
    const user = { id, ...own, role: "member", passwordHash: null, isFromApplication: true } as const;
    await writer
      .execute({ kind: "user.create", input: { actor: { id: "jwt" }, at: now(), user } })
      .catch((error: Error) => {
        if (error.name !== "ConflictError") throw error;
      });
  }

  #bySession(secret: string, address: string | undefined): Caller {
    const { db, now, writer } = this.#options;
    const hash = hashSecret(secret);
    const at = now();
    const found = findSession(db, hash, at);
    if (!found) return NOBODY;
    const { session, user } = found;
    if (address !== undefined && at - session.lastUsedAt > NOTE_EVERY) {
      const input = { hash, expiresAt: at + SESSION_LIFE, lastUsedAt: at };
      writer.execute({ kind: "session.extend", input }).catch(() => undefined);
    }
    const { id, email, name, role } = user;
    return { kind: "user", id, email, name, role, session: hash, identity: null, expiresAt: session.expiresAt };
  }

  /** What a look-up found a moment ago. */
  #recall(key: string): Caller | undefined {
    const known = this.#remembered.get(key);
    return known && known.until > this.#options.now() ? known.caller : undefined;
  }

  async #remember(key: string, found: Caller | Promise<Caller>): Promise<Caller> {
    const now = this.#options.now();
    const changes = this.#changes;
    const caller = await found;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    if (caller.kind !== "nobody" && this.#changes === changes) {
      this.#remembered.set(key, { caller, until: Math.min(now + REUSE, caller.expiresAt) });
    }
    return caller;
  }
}
