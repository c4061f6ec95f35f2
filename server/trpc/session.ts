import { z } from "zod";
import type { Database } from "../../db/database.ts";
import { listSessions } from "../../db/sessions.ts";
import { hasAdmin } from "../../db/users.ts";
import type { Accounts, SignedIn } from "../auth/accounts.ts";
import type { Caller } from "../auth/caller.ts";
import { AccessError } from "../auth/guard.ts";
import type { Context, Trpc } from "./init.ts";

/** What the procedures of `session` use. */
export interface SessionServices {
  readonly db: Database;
  readonly accounts: Accounts;
  readonly now: () => number;
}

/** Who is signed in. */
export interface SessionUser {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly role: "admin" | "member";
}

/** One of the caller's sessions; times are ISO 8601. */
export interface SessionView {
  /** Names the session; its secret cannot be told from it. */
  readonly id: string;
  readonly isCurrent: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly address: string;
  readonly userAgent: string;
}

/** Longest and shortest password, in characters; the longest bounds the work of hashing. */
const MIN_PASSWORD = 10;
const MAX_PASSWORD = 256;
/** Characters of a session's hash that name it. */
const ID_LENGTH = 16;

const email = z.email("must be an e-mail address").max(254);
const anyPassword = z
  .string()
  .min(1, "must not be empty")
  .max(MAX_PASSWORD, `must have at most ${MAX_PASSWORD} characters`);
const newPassword = anyPassword.min(MIN_PASSWORD, `must have at least ${MIN_PASSWORD} characters`);
const secret = z.string().min(1, "must not be empty").max(200);

function finish(ctx: Context, { user: { id, email, name, role }, cookie }: SignedIn): SessionUser {
  ctx.setCookie(cookie);
  return { id, email, name, role };
}

/** The caller, if it is a person with a session of the hub's own. @throws {AccessError} */
function requireSession(caller: Caller): { readonly id: string; readonly session: string } {
  if (caller.kind === "user" && caller.session !== null) return { id: caller.id, session: caller.session };
  throw new AccessError(caller.kind === "nobody" ? "UNAUTHORIZED" : "FORBIDDEN", "Cannot do this without signing in");
}

/** `session.*`: what the page signs in and out with. */
export function createSessionRouter(t: Trpc, { db, accounts, now }: SessionServices) {
  return t.router({
    /** Who is signed in, and whether the hub still waits for its first admin. */
    current: t.publicProcedure.query(({ ctx: { caller } }) => {
      const user: SessionUser | null =
        caller.kind === "user" ? { id: caller.id, email: caller.email, name: caller.name, role: caller.role } : null;
      return { user, needsSetUp: !user && !hasAdmin(db) };
    }),

    /** Makes the first admin with the one-time secret that the server printed, and signs in. */
    setUp: t.publicProcedure
      .input(z.strictObject({ secret, email, password: newPassword }))
      .mutation(async ({ ctx, input }) => finish(ctx, await accounts.setUp(input.secret, input, ctx))),

    /** Signs in with e-mail and password. */
    signIn: t.publicProcedure
      .input(z.strictObject({ email, password: anyPassword }))
      .mutation(async ({ ctx, input }) => finish(ctx, await accounts.signIn(input.email, input.password, ctx))),

    /** Whether a one-time link is still valid. A mutation, because the input of a query stands in its URL. */
    checkLink: t.publicProcedure
      .input(z.strictObject({ secret }))
      .mutation(({ input }) => ({ isValid: accounts.isLinkValid(input.secret) })),

    /** Sets a password with a one-time link (an invitation or a reset), and signs in. */
    acceptLink: t.publicProcedure
      .input(z.strictObject({ secret, password: newPassword }))
      .mutation(async ({ ctx, input }) => finish(ctx, await accounts.acceptLink(input.secret, input.password, ctx))),

    /** Ends the session that the call came with. */
    signOut: t.publicProcedure.mutation(async ({ ctx }) => {
      const { caller } = ctx;
      if (caller.kind === "user" && caller.session !== null) await accounts.signOut(caller.id, caller.session, ctx);
      // Also where the session has ended already: the browser does not know.
      ctx.setCookie(accounts.clearCookie());
      return null;
    }),

    /** Changes the caller's own password and ends the other sessions. */
    changePassword: t.memberProcedure
      .input(z.strictObject({ currentPassword: anyPassword, newPassword }))
      .mutation(async ({ ctx, input }) => {
        const passwords = { current: input.currentPassword, next: input.newPassword };
        await accounts.changePassword(requireSession(ctx.caller), passwords, ctx);
        return null;
      }),

    /** The caller's own sessions, the newest first. */
    list: t.memberProcedure.query(({ ctx }): SessionView[] => {
      const { id, session } = requireSession(ctx.caller);
      return listSessions(db, id, now()).map(({ hash, createdAt, lastUsedAt, address, userAgent }) => ({
        id: hash.slice(0, ID_LENGTH),
        isCurrent: hash === session,
        createdAt: new Date(createdAt).toISOString(),
        lastUsedAt: new Date(lastUsedAt).toISOString(),
        address,
        userAgent,
      }));
    }),

    /** Ends one of the caller's own sessions; its streams end within a second. */
    end: t.memberProcedure
      .input(z.strictObject({ id: z.string().length(ID_LENGTH) }))
      .mutation(async ({ ctx, input }) => {
        const { id } = requireSession(ctx.caller);
        const found = listSessions(db, id, now()).find(({ hash }) => hash.startsWith(input.id));
        await accounts.endSession(id, found?.hash ?? "", ctx);
        return null;
      }),
  });
}
