import { z } from "zod";
import { listChannels } from "../../db/channels.ts";
import type { Database } from "../../db/database.ts";
import type { ChannelRow } from "../../db/schema.ts";
import { findNamedUser, findUser } from "../../db/users.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { actorOf } from "../auth/caller.ts";
import { type Grant, PERMISSIONS, type Permission } from "../rules/access.ts";
import { channelName, userId } from "../rules/names.ts";
import { DEFAULT_RETENTION, type RetentionView, retention, toRetentionView } from "../rules/retention.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `channels` use. */
export interface ChannelServices {
  readonly db: Database;
  readonly writer: Writer;
  readonly access: AccessBook;
  readonly now: () => number;
}

/** A channel as a caller sees it. */
export interface ChannelView {
  readonly name: string;
  readonly description: string;
  readonly createdAt: string;
  /** Who may read it beside the admins: anybody, everyone signed in, or only users that are named. */
  readonly readers: "public" | "everyone" | "named";
  /** How much of it is kept: so many days, so many notifications, or everything. */
  readonly retention: RetentionView;
  /** What the caller may do. */
  readonly may: Readonly<Record<Permission, boolean>>;
}

/** A grant, and whether the hub knows the user whom it names. */
export interface GrantView extends Grant {
  /** False: no user has this id yet. */
  readonly isKnown: boolean;
}

const newChannel = z.strictObject({
  name: channelName,
  description: z.string().max(500).default(""),
  read: z.enum(["everyone", "nobody"]).default("everyone"),
  retention: retention.default(DEFAULT_RETENTION),
});
const channelChanges = z
  .strictObject({
    name: channelName,
    description: z.string().max(500).optional(),
    retention: retention.optional(),
  })
  .refine(({ description, retention }) => description !== undefined || retention !== undefined, {
    path: ["description"],
    message: "or retention must be given",
  });
const byName = z.strictObject({ name: channelName });
const permission = z.enum(PERMISSIONS);

/** A grant as callers give it: for anybody (read only), everyone signed in, or one user. */
const grantInput = z
  .discriminatedUnion("audience", [
    z.strictObject({ channel: channelName, permission: z.literal("read"), audience: z.literal("public") }),
    z.strictObject({ channel: channelName, permission, audience: z.literal("everyone") }),
    z.strictObject({ channel: channelName, permission, audience: z.literal("user"), userId }),
  ])
  .transform((input) => ({ ...input, userId: "userId" in input ? input.userId : "" }));

/** `channels.*` */
export function createChannelsRouter(t: Trpc, { db, writer, access, now }: ChannelServices) {
  const toView = ({ permission, audience, userId }: Grant): GrantView => {
    const isKnown = audience !== "user" || findUser(db, userId) !== undefined;
    return { permission, audience, userId, isKnown };
  };
  /** With the id of the user whom it names by e-mail; what names nobody stays, for a user who comes later. */
  const withId = <G extends Grant>(grant: G): G =>
    grant.audience === "user" ? { ...grant, userId: findNamedUser(db, grant.userId)?.id ?? grant.userId } : grant;
  return t.router({
    /** The channels that the caller may read, publish to or manage, by name. */
    list: t.publicProcedure.query(({ ctx: { caller } }): ChannelView[] =>
      listChannels(db)
        .map(({ name, ...row }) => ({
          ...describe(row),
          name,
          readers: readersOf(access.grantsOf(name)),
          may: {
            read: access.may(caller, "read", name),
            publish: access.may(caller, "publish", name),
            manage: access.may(caller, "manage", name),
          },
        }))
        .filter(({ may }) => may.read || may.publish || may.manage),
    ),

    /** Makes a channel that admins publish to, and that everyone signed in reads, or nobody but admins. */
    create: t.adminProcedure.input(newChannel).mutation(async ({ ctx, input }) => {
      const actor = actorOf(ctx);
      const row = await writer.execute({ kind: "channel.create", input: { ...input, actor, at: now() } });
      return { name: row.name, ...describe(row) };
    }),

    /** Changes what a channel is for, and how much of it is kept; what is too much is deleted soon. */
    update: t.memberProcedure.input(channelChanges).mutation(async ({ ctx, input: { name, ...changes } }) => {
      access.require(ctx.caller, "manage", { name, action: "change the channel" });
      const actor = actorOf(ctx);
      const row = await writer.execute({ kind: "channel.update", input: { actor, at: now(), name, changes } });
      return { name, ...describe(row) };
    }),

    /** Who may what on a channel, beside the admins. */
    grants: t.memberProcedure.input(byName).query(({ ctx, input: { name } }) => {
      access.require(ctx.caller, "manage", { name, action: "read the grants" });
      return access.grantsOf(name).map(toView);
    }),

    /** Gives a permission on a channel; a user may be named by id or e-mail. */
    grant: t.memberProcedure.input(grantInput).mutation(async ({ ctx, input: { channel, ...grant } }) => {
      access.require(ctx.caller, "manage", { name: channel, action: "grant" });
      const actor = actorOf(ctx);
      const given = withId(grant);
      await writer.execute({ kind: "grant.add", input: { actor, at: now(), channel, grant: given } });
      return toView(given);
    }),

    /** Takes a permission back; open streams follow within a second. */
    revoke: t.memberProcedure.input(grantInput).mutation(async ({ ctx, input: { channel, ...grant } }) => {
      access.require(ctx.caller, "manage", { name: channel, action: "revoke a grant" });
      const actor = actorOf(ctx);
      const isGiven = access.grantsOf(channel).some((given) => isSameGrant(given, grant));
      const taken = isGiven ? grant : withId(grant);
      await writer.execute({ kind: "grant.remove", input: { actor, at: now(), channel, grant: taken } });
      return toView(taken);
    }),
  });
}

function isSameGrant(one: Grant, other: Grant): boolean {
  return one.permission === other.permission && one.audience === other.audience && one.userId === other.userId;
}

function readersOf(grants: readonly Grant[]): ChannelView["readers"] {
  const audiences = new Set(grants.filter(({ permission }) => permission === "read").map(({ audience }) => audience));
  if (audiences.has("public")) return "public";
  return audiences.has("everyone") ? "everyone" : "named";
}

function describe({ description, createdAt, retentionDays: days, retentionCount: count }: Omit<ChannelRow, "name">) {
  const retention = toRetentionView({ days, count });
  return { description, createdAt: new Date(createdAt).toISOString(), retention };
}
