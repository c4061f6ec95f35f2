import { TRPCError } from "@trpc/server";
import { z } from "zod";
import type { Database } from "../../db/database.ts";
import { countUsers } from "../../db/users.ts";
import type { SignedIn, SignIn } from "../auth/sign_in.ts";
import type { Context, Trpc } from "./init.ts";

/** What the procedures of `session` use. */
export interface SessionServices {
  readonly db: Database;
  readonly signIn: SignIn;
}

/** Who is signed in. */
export interface SessionUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: "admin" | "member";
}

/** Longest and shortest password, in characters; the longest bounds the work of hashing. */
const MIN_PASSWORD = 10;
const MAX_PASSWORD = 256;

const email = z.email("must be an e-mail address").max(254);
const signInInput = z.strictObject({ email, password: z.string().min(1, "must not be empty").max(MAX_PASSWORD) });
const setUpInput = z.strictObject({
  secret: z.string().min(1, "must not be empty").max(200),
  email,
  password: z
    .string()
    .min(MIN_PASSWORD, `must have at least ${MIN_PASSWORD} characters`)
    .max(MAX_PASSWORD, `must have at most ${MAX_PASSWORD} characters`),
});

function finish(ctx: Context, signedIn: SignedIn | undefined, refusal: string): SessionUser {
  if (!signedIn) throw new TRPCError({ code: "UNAUTHORIZED", message: refusal });
  ctx.setCookie(signedIn.cookie);
  const { id, email: address, name, role } = signedIn.user;
  return { id, email: address, name, role };
}

/** `session.*`: what the page signs in and out with. */
export function createSessionRouter(t: Trpc, { db, signIn }: SessionServices) {
  return t.router({
    /** Who is signed in, and whether the hub still waits for its first admin. */
    current: t.publicProcedure.query(({ ctx: { caller } }) => {
      const user: SessionUser | null =
        caller.kind === "user" ? { id: caller.id, email: caller.email, name: caller.name, role: caller.role } : null;
      return { user, needsSetUp: !user && countUsers(db) === 0 };
    }),

    /** Makes the first admin with the one-time secret that the server printed, and signs in. */
    setUp: t.publicProcedure.input(setUpInput).mutation(async ({ ctx, input: { secret, ...input } }) => {
      const signedIn = await signIn.setUp(secret, { ...input, address: ctx.address });
      return finish(
        ctx,
        signedIn,
        "Cannot set up: this link is not valid any more; restart Belfry and open the new one",
      );
    }),

    /** Signs in with e-mail and password. */
    signIn: t.publicProcedure.input(signInInput).mutation(async ({ ctx, input }) => {
      const signedIn = await signIn.signIn({ ...input, address: ctx.address });
      return finish(ctx, signedIn, "Cannot sign in: e-mail or password is wrong");
    }),

    /** Ends the session that the call came with. */
    signOut: t.publicProcedure.mutation(async ({ ctx }) => {
      const { caller, address } = ctx;
      if (caller.kind === "user") ctx.setCookie(await signIn.signOut(caller.session, { id: caller.id, address }));
      return null;
    }),
  });
}
