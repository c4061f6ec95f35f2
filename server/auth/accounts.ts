import type { Audited } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { findLinkUser } from "../../db/links.ts";
import type { UserRow } from "../../db/schema.ts";
import { findUser, findUserByEmail } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import { SESSION_LIFE } from "./authenticate.ts";
import { writeSessionCookie } from "./cookie.ts";
import type { FirstRun } from "./first_run.ts";
import { AccessError } from "./guard.ts";
import type { RateLimits } from "./limits.ts";
import { makeOneTimeLink } from "./one_time_link.ts";
import type { Passwords } from "./password.ts";
import { hashSecret, makeSecret } from "./secrets.ts";

/** What accounts need. */
export interface AccountsOptions {
  readonly db: Database;
  readonly writer: Writer;
  readonly now: () => number;
  /** Where users reach the hub. */
  readonly publicUrl: () => string;
  /** Whether that is over https. */
  readonly secure: boolean;
  readonly firstRun: FirstRun;
  readonly limits: RateLimits;
  readonly passwords: Passwords;
}

/** Where an attempt comes from. */
export interface Visitor {
  readonly address: string;
  readonly userAgent: string;
}

/** A new session. */
export interface SignedIn {
  readonly user: UserRow;
  /** The Set-Cookie header. */
  readonly cookie: string;
}

/** A one-time link to set a password: shown once, to be handed over by whoever made it. */
export interface OneTimeLink {
  readonly link: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** How long the browser keeps the cookie, in s: as long as it lets it live. When a session ends, the hub decides. */
const COOKIE_LIFE = 400 * 24 * 3_600;

/** Signs people in and out, and lets them set their passwords. */
export class Accounts {
  readonly #options: AccountsOptions;

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** Signs in. @throws {AccessError} alike for an unknown account and a wrong password @throws {TooManyRequestsError} */
  async signIn(email: string, password: string, visitor: Visitor): Promise<SignedIn> {
    const { db, limits, passwords } = this.#options;
    await limits.signIn(email, visitor.address);
    const user = findUserByEmail(db, email);
    const isRight = await passwords.verify(password, user?.passwordHash ?? null);
    if (user && isRight && user.disabledAt === null) {
      await limits.signedIn(email);
      return await this.#start(user, visitor);
    }
    await limits.signInFailed(email, visitor.address);
    await this.#note("session.refused", email.toLowerCase(), visitor);
    throw new AccessError("UNAUTHORIZED", "Cannot sign in: e-mail or password is wrong");
  }

  /** Makes the first admin with the one-time secret. @throws {AccessError} {ConflictError} when there is one already */
  async setUp(
    secret: string,
    { email, password }: { readonly email: string; readonly password: string },
    visitor: Visitor,
  ) {
    const { writer, now, firstRun, passwords, limits } = this.#options;
    await limits.signIn(null, visitor.address);
    if (!firstRun.accepts(secret)) {
      await limits.signInFailed(null, visitor.address);
      const next = "restart Belfry and open the new one";
      throw new AccessError("UNAUTHORIZED", `Cannot set up: this link is not valid any more; ${next}`);
    }
    const passwordHash = await passwords.hash(password);
    const name = email.split("@", 1)[0] ?? email;
    const user = { id: "admin", email, name, role: "admin", passwordHash } as const;
    const input = { actor: { id: "system", address: visitor.address }, at: now(), user };
    return await this.#start(await writer.execute({ kind: "user.createFirst", input }), visitor);
  }

  /** Makes a one-time link for a user; earlier ones are void. @throws {NotFoundError} when there is no such user */
  async makeLink(userId: string, audited: Audited): Promise<OneTimeLink> {
    const { db, writer, now, publicUrl } = this.#options;
    if (!findUser(db, userId)) {
      throw new NotFoundError(`Cannot make a link for "${userId}": there is no such user`);
    }
    const { link, hash, expiresAt } = makeOneTimeLink(publicUrl(), now());
    await writer.execute({ kind: "link.create", input: { ...audited, userId, hash, expiresAt } });
    return { link, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** Sets a password with a one-time link and signs in. @throws {AccessError} {NotFoundError} when the link is not valid */
  async acceptLink(secret: string, password: string, visitor: Visitor): Promise<SignedIn> {
    const { db, writer, now, limits, passwords } = this.#options;
    await limits.signIn(null, visitor.address);
    const hash = hashSecret(secret);
    const user = findLinkUser(db, hash, now());
    if (!user || user.disabledAt !== null) {
      await limits.signInFailed(null, visitor.address);
      const next = "ask an admin for a new one";
      throw new AccessError("UNAUTHORIZED", `Cannot set a password: this link is not valid any more; ${next}`);
    }
    const passwordHash = await passwords.hash(password);
    const actor = { id: user.id, address: visitor.address };
    await writer.execute({ kind: "link.use", input: { actor, at: now(), hash, passwordHash } });
    return await this.#start(user, visitor);
  }

  /** Changes a user's own password and ends the other sessions. @throws {AccessError} {TooManyRequestsError} */
  async changePassword(
    { id, session }: { readonly id: string; readonly session: string },
    { current, next }: { readonly current: string; readonly next: string },
    { address }: Visitor,
  ): Promise<void> {
    const { db, writer, now, limits, passwords } = this.#options;
    const account = findUser(db, id)?.email ?? id;
    await limits.signIn(account, address);
    if (!(await passwords.verify(current, findUser(db, id)?.passwordHash ?? null))) {
      await limits.signInFailed(account, address);
      throw new AccessError("FORBIDDEN", "Cannot change the password: the current one is wrong");
    }
    const passwordHash = await passwords.hash(next);
    const input = { actor: { id, address }, at: now(), id, passwordHash, keepSession: session };
    await writer.execute({ kind: "user.setPassword", input });
  }

  /** Ends one of a user's sessions, by its hash. @throws {NotFoundError} */
  async endSession(userId: string, hash: string, { address }: Visitor): Promise<void> {
    const { writer, now } = this.#options;
    await writer.execute({
      kind: "session.delete",
      input: { actor: { id: userId, address }, at: now(), hash, userId },
    });
  }

  /** The header that removes the session's cookie. */
  clearCookie(): string {
    return writeSessionCookie("", { maxAge: 0, secure: this.#options.secure });
  }

  async #start(user: UserRow, { address, userAgent }: Visitor): Promise<SignedIn> {
    const { writer, now, secure } = this.#options;
    const secret = makeSecret();
    const at = now();
    await writer.execute({
      kind: "session.create",
      input: {
        actor: { id: user.id, address },
        at,
        hash: hashSecret(secret),
        userId: user.id,
        expiresAt: at + SESSION_LIFE,
        userAgent: userAgent.slice(0, 256),
      },
    });
    return { user, cookie: writeSessionCookie(secret, { maxAge: COOKIE_LIFE, secure }) };
  }

  async #note(action: "session.refused", target: string, { address }: Visitor): Promise<void> {
    const { writer, now } = this.#options;
    await writer.execute({
      kind: "audit.append",
      input: { actor: { id: "nobody", address }, at: now(), action, target },
    });
  }
}
