import { z } from "zod";
import type { Database } from "../../db/database.ts";
import { listLinkUsers } from "../../db/links.ts";
import type { UserRow } from "../../db/schema.ts";
import { listUsers } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import type { Accounts } from "../auth/accounts.ts";
import { actorOf } from "../auth/caller.ts";
import { newUserFields, userId, userName } from "../rules/names.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `users` use. */
export interface UserServices {
  readonly db: Database;
  readonly writer: Writer;
  readonly accounts: Accounts;
  readonly now: () => number;
}

/** A user as admins see it; times are ISO 8601. */
export interface UserView {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly role: "admin" | "member";
  readonly createdAt: string;
  readonly disabledAt: string | null;
  readonly hasPassword: boolean;
  /** Whether another application's token made the user, not an invitation. */
  readonly isFromApplication: boolean;
  /** Whether a one-time link to set a password is still valid: an invitation, or a reset. */
  readonly hasLink: boolean;
}

const role = z.enum(["admin", "member"]);
const newUser = z
  .strictObject({
    id: newUserFields.id.optional(),
    email: newUserFields.email,
    name: newUserFields.name.optional(),
    role: role.default("member"),
    /** The user gets what was sent to a deleted user of the same id. */
    adopt: z.boolean().default(false),
  })
  .refine(({ id, email }) => userId.safeParse(id ?? email).success, {
    path: ["id"],
    message: "is required when the e-mail address is too long for an id",
  });
const byId = z.strictObject({ id: userId });

/** `users.*`: for admins. */
export function createUsersRouter(t: Trpc, { db, writer, accounts, now }: UserServices) {
  type Ctx = Parameters<typeof actorOf>[0];
  const audited = (ctx: Ctx) => ({ actor: actorOf(ctx), at: now() });
  const view = (row: UserRow) => toView(row, listLinkUsers(db, now()));
  const update = async (ctx: Ctx, id: string, changes: Partial<Pick<UserRow, "name" | "role" | "disabledAt">>) =>
    view(await writer.execute({ kind: "user.update", input: { ...audited(ctx), id, changes } }));

  return t.router({
    /** Every user, by id. */
    list: t.adminProcedure.query(() => {
      const linked = listLinkUsers(db, now());
      return listUsers(db).map((row) => toView(row, linked));
    }),

    /** Makes a user without a password, and the one-time link to set one. */
    invite: t.adminProcedure.input(newUser).mutation(async ({ ctx, input }) => {
      const { id = input.email, email, name = email.split("@", 1)[0] ?? email } = input;
      const user = { id, email, name, role: input.role, passwordHash: null };
      const row = await writer.execute({ kind: "user.create", input: { ...audited(ctx), user, adopts: input.adopt } });
      const link = await accounts.makeLink(row.id, audited(ctx));
      return { user: view(row), ...link };
    }),

    /** Makes a one-time link to set a new password; earlier links of the user are void. */
    resetPassword: t.adminProcedure.input(byId).mutation(({ ctx, input }) => accounts.makeLink(input.id, audited(ctx))),

    /** Changes name or role. */
    update: t.adminProcedure
      .input(
        byId
          .extend({ name: userName.optional(), role: role.optional() })
          .refine(({ name, role }) => name ?? role, { path: ["name"], message: "or role must be given" }),
      )
      .mutation(({ ctx, input: { id, name, role } }) =>
        update(ctx, id, { ...(name && { name }), ...(role && { role }) }),
      ),

    /** Ends a user's sessions, tokens and streams at once, and lets nobody in until enabled. */
    disable: t.adminProcedure.input(byId).mutation(({ ctx, input }) => update(ctx, input.id, { disabledAt: now() })),

    /** Lets a disabled user in again. */
    enable: t.adminProcedure.input(byId).mutation(({ ctx, input }) => update(ctx, input.id, { disabledAt: null })),

    /** Deletes a user with sessions and tokens; what was published stays. */
    delete: t.adminProcedure
      .input(byId)
      .mutation(({ ctx, input }) => writer.execute({ kind: "user.delete", input: { ...audited(ctx), id: input.id } })),
  });
}

function toView(row: UserRow, linked: ReadonlySet<string>): UserView {
  const { id, email, name, role, createdAt, disabledAt, passwordHash, isFromApplication } = row;
  return {
    id,
    email,
    name,
    role,
    createdAt: new Date(createdAt).toISOString(),
    disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString(),
    hasPassword: passwordHash !== null,
    isFromApplication,
    hasLink: linked.has(id),
  };
}
