import type { Audited } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { findLinkUser } from "../../db/links.ts";
import type { UserRow } from "../../db/schema.ts";
import { findUser, findUserByEmail } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import type { Attempts } from "./attempts.ts";
import { SESSION_LIFE } from "./authenticate.ts";
import { writeSessionCookie } from "./cookie.ts";
import type { FirstRun } from "./first_run.ts";
import { AccessError } from "./guard.ts";
import { PerMinute } from "./limits.ts";
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
  readonly attempts: Attempts;
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

/** An attempt to get in that failed. */
interface Refused {
  /** A user id, or `nobody`. */
  readonly actor: string;
  readonly target: string;
  /** The procedure that was called. */
  readonly by: "signIn" | "setUp" | "acceptLink" | "changePassword";
}

/** How long the browser keeps the cookie, in s: as long as it lets it live. When a session ends, the hub decides. */
const COOKIE_LIFE = 400 * 24 * 3_600;

/** Wrong links noted in the audit trail, per minute. */
const LINK_NOTES = 10;

/** Told alike to everybody who does not get in. */
const WRONG = "Cannot sign in: e-mail or password is wrong";

/** Signs people in and out, and lets them set their passwords. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #linkNotes = new PerMinute(LINK_NOTES);

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** Signs in. @throws {AccessError} alike for an unknown account and a wrong password @throws {TooManyRequestsError} */
  async signIn(email: string, password: string, visitor: Visitor): Promise<SignedIn> {
    const { db, attempts, passwords } = this.#options;
    const signedIn = await attempts.run({ account: email, address: visitor.address }, async () => {
      const user = findUserByEmail(db, email);
      const isRight = await passwords.verify(password, user?.passwordHash ?? null);
      return user && isRight && user.disabledAt === null ? await this.#start(user, visitor) : null;
    });
    if (signedIn) return signedIn;
    await this.#note(visitor, { actor: "nobody", target: email.toLowerCase(), by: "signIn" });
    throw new AccessError("UNAUTHORIZED", WRONG);
  }

  /** Makes the first admin with the one-time secret. @throws {AccessError} {ConflictError} when there is one already */
  async setUp(
    secret: string,
    { email, password }: { readonly email: string; readonly password: string },
    visitor: Visitor,
  ) {
    const { writer, now, firstRun, passwords } = this.#options;
    if (!firstRun.accepts(secret)) {
      await this.#noteLink(visitor, "setUp");
      throw linkRefusal("set up", "restart Belfry and open the new one");
    }
    const passwordHash = await passwords.hash(password);
    const name = email.split("@", 1)[0] ?? email;
    const user = { id: "admin", email, name, role: "admin", passwordHash } as const;
    const input = { actor: { id: "system", address: visitor.address }, at: now(), user };
    const signedIn = await this.#start(await writer.execute({ kind: "user.createFirst", input }), visitor);
    if (signedIn) return signedIn;
    throw new AccessError("UNAUTHORIZED", WRONG);
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

  /** Whether a one-time link is still valid. */
  isLinkValid(secret: string): boolean {
    return this.#findLinkUser(hashSecret(secret)) !== null;
  }

  /** Sets a password with a one-time link and signs in. @throws {AccessError} when the link is not valid */
  async acceptLink(secret: string, password: string, visitor: Visitor): Promise<SignedIn> {
    const { writer, now, passwords } = this.#options;
    const hash = hashSecret(secret);
    const user = this.#findLinkUser(hash);
    const refusal = linkRefusal("set a password", "ask an admin for a new one");
    if (!user) {
      await this.#noteLink(visitor, "acceptLink");
      throw refusal;
    }
    const passwordHash = await passwords.hash(password);
    const input = { actor: { id: user.id, address: visitor.address }, at: now(), hash, passwordHash };
    if (!(await isDone(writer.execute({ kind: "link.use", input })))) throw refusal;
    const signedIn = await this.#start({ ...user, passwordHash }, visitor);
    if (signedIn) return signedIn;
    throw new AccessError("UNAUTHORIZED", WRONG);
  }

  /** Changes a user's own password and ends the other sessions. @throws {AccessError} {TooManyRequestsError} */
  async changePassword(
    { id, session }: { readonly id: string; readonly session: string },
    { current, next }: { readonly current: string; readonly next: string },
    visitor: Visitor,
  ): Promise<void> {
    const { address } = visitor;
    const { db, writer, now, attempts, passwords } = this.#options;
    const user = findUser(db, id);
    const replaces = user?.passwordHash ?? null;
    const attempt = { account: user?.email ?? id, address };
    const isRight = await attempts.run(attempt, async () => (await passwords.verify(current, replaces)) || null);
    if (isRight && replaces !== null) {
      const passwordHash = await passwords.hash(next);
      const input = { actor: { id, address }, at: now(), id, replaces, passwordHash, keepSession: session };
      if (await isDone(writer.execute({ kind: "user.setPassword", input }))) return;
    }
    await this.#note(visitor, { actor: id, target: id, by: "changePassword" });
    throw new AccessError("FORBIDDEN", "Cannot change the password: the current one is wrong");
  }

  /** Signs out: ends a session, unless it has ended already. */
  async signOut(userId: string, hash: string, visitor: Visitor): Promise<void> {
    await isDone(this.endSession(userId, hash, visitor));
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

  /** The user of a one-time link, if both are still valid. */
  #findLinkUser(hash: string): UserRow | null {
    const { db, now } = this.#options;
    const found = findLinkUser(db, hash, now());
    return found?.disabledAt === null ? found : null;
  }

  /** Starts a session; null when the user's password is another by now, or the user may not sign in any more. */
  async #start(user: UserRow, { address, userAgent }: Visitor): Promise<SignedIn | null> {
    const { writer, now, secure } = this.#options;
    const secret = makeSecret();
    const at = now();
    const input = {
      actor: { id: user.id, address },
      at,
      hash: hashSecret(secret),
      userId: user.id,
      passwordHash: user.passwordHash ?? "",
      expiresAt: at + SESSION_LIFE,
      userAgent: userAgent.slice(0, 256),
    };
    if (!(await isDone(writer.execute({ kind: "session.create", input })))) return null;
    return { user, cookie: writeSessionCookie(secret, { maxAge: COOKIE_LIFE, secure }) };
  }

  /** Notes who did not get in, and where. */
  async #note({ address }: Visitor, { actor, target, by }: Refused): Promise<void> {
    const { writer, now } = this.#options;
    const entry = { action: "session.refused", target, after: { by } } as const;
    await writer.execute({ kind: "audit.append", input: { actor: { id: actor, address }, at: now(), ...entry } });
  }

  /** Anybody may come with wrong links, as often as the network allows: not all of them may fill the trail. */
  async #noteLink(visitor: Visitor, by: "setUp" | "acceptLink"): Promise<void> {
    try {
      await this.#linkNotes.count("all", "Cannot note a wrong link");
    } catch {
      return;
    }
    await this.#note(visitor, { actor: "nobody", target: "one-time link", by });
  }
}

function linkRefusal(action: string, next: string): AccessError {
  return new AccessError("UNAUTHORIZED", `Cannot ${action}: this link is not valid any more; ${next}`);
}

/** False where the writer finds that what was checked before the hashing is not so any more. */
async function isDone(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
