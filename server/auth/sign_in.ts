import type { Database } from "../../db/database.ts";
import type { UserRow } from "../../db/schema.ts";
import { findUserByEmail } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import { SESSION_LIFE } from "./authenticate.ts";
import { writeSessionCookie } from "./cookie.ts";
import type { FirstRun } from "./first_run.ts";
import { hashPassword, verifyNothing, verifyPassword } from "./password.ts";
import { hashSecret, makeSecret } from "./secrets.ts";

/** How long browsers keep the cookie, in s: as long as they let it live. When a session ends, the hub decides. */
const COOKIE_LIFE = 400 * 24 * 3_600;

/** What signing in needs. */
export interface SignInOptions {
  readonly db: Database;
  readonly writer: Writer;
  readonly now: () => number;
  /** Whether the hub is reached over https. */
  readonly secure: boolean;
  readonly firstRun: FirstRun;
}

/** An e-mail and a password, from an address. */
export interface SignInInput {
  readonly email: string;
  readonly password: string;
  readonly address: string;
}

/** A new session. */
export interface SignedIn {
  readonly user: UserRow;
  /** The Set-Cookie header. */
  readonly cookie: string;
}

/** Makes and ends the sessions of people. */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** Signs in; undefined when e-mail and password do not belong together, whichever is wrong. */
  async signIn({ email, password, address }: SignInInput): Promise<SignedIn | undefined> {
    const user = findUserByEmail(this.#options.db, email);
    const isRight = user?.passwordHash
      ? await verifyPassword(password, user.passwordHash)
      : await verifyNothing(password);
    return user && isRight ? await this.#start(user, address) : undefined;
  }

  /** Makes the first admin; undefined when the one-time secret is wrong or late. @throws {ConflictError} when there is one. */
  async setUp(secret: string, { email, password, address }: SignInInput): Promise<SignedIn | undefined> {
    const { writer, now, firstRun } = this.#options;
    if (!firstRun.accepts(secret)) return undefined;
    const passwordHash = await hashPassword(password);
    const name = email.split("@", 1)[0] ?? email;
    const user = await writer.execute({
      kind: "user.createFirst",
      input: {
        actor: { id: "system", address },
        at: now(),
        user: { id: "admin", email, name, role: "admin", passwordHash },
      },
    });
    return await this.#start(user, address);
  }

  /** Ends a session; answers with the header that removes its cookie. */
  async signOut(hash: string, actor: { readonly id: string; readonly address: string }): Promise<string> {
    const { writer, now, secure } = this.#options;
    await writer.execute({ kind: "session.delete", input: { actor, at: now(), hash } });
    return writeSessionCookie("", { maxAge: 0, secure });
  }

  async #start(user: UserRow, address: string): Promise<SignedIn> {
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
      },
    });
    return { user, cookie: writeSessionCookie(secret, { maxAge: COOKIE_LIFE, secure }) };
  }
}
