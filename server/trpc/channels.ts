import { z } from "zod";
import { listChannels } from "../../db/channels.ts";
import type { Database } from "../../db/database.ts";
import type { Writer } from "../../db/writer.ts";
import { callerId } from "../auth/caller.ts";
import { channelName } from "../rules/names.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `channels` use. */
export interface ChannelServices {
  readonly db: Database;
  readonly writer: Writer;
  readonly now: () => number;
}

const newChannel = z.strictObject({ name: channelName, description: z.string().max(500).default("") });

/** `channels.*` */
export function createChannelsRouter(t: Trpc, { db, writer, now }: ChannelServices) {
  return t.router({
    /** Every channel, by name. */
    list: t.adminProcedure.query(() =>
      listChannels(db).map(({ name, description, createdAt }) => ({
        name,
        description,
        createdAt: new Date(createdAt).toISOString(),
      })),
    ),

    /** Makes a channel. */
    create: t.adminProcedure.input(newChannel).mutation(async ({ ctx, input }) => {
      const actor = { id: callerId(ctx.caller), address: ctx.address };
      const row = await writer.execute({ kind: "channel.create", input: { ...input, actor, at: now() } });
      return { name: row.name, description: row.description, createdAt: new Date(row.createdAt).toISOString() };
    }),
  });
}
