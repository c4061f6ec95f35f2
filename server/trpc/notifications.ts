import { z } from "zod";
import type { Database } from "../../db/database.ts";
import { callerId, callerUser } from "../auth/caller.ts";
import type { StreamLimits } from "../auth/stream_limits.ts";
import { toFilter } from "../hub/follow.ts";
import type { History } from "../hub/history.ts";
import type { Hub } from "../hub/hub.ts";
import type { DraftSchema } from "../rules/draft.ts";
import { followInput, listInput } from "../rules/follow.ts";
import type { Notification } from "../rules/notification.ts";
import type { Ephemeral } from "../rules/stream_item.ts";
import type { Trpc } from "./init.ts";
import { TypedStream } from "./typed_stream.ts";

/** What the procedures of `notifications` use. */
export interface NotificationServices {
  readonly db: Database;
  readonly hub: Hub;
  readonly history: History;
  readonly draftSchema: DraftSchema;
  readonly streamLimits: StreamLimits;
}

/** `notifications.*` */
export function createNotificationsRouter(
  t: Trpc,
  { db, hub, history, draftSchema, streamLimits }: NotificationServices,
) {
  return t.router({
    /** Commits one notification and answers with it. */
    publish: t.adminProcedure.input(draftSchema).mutation(async ({ ctx, input }) => {
      const { json } = await hub.publish(input, callerId(ctx.caller));
      return JSON.parse(json) as Notification | Ephemeral;
    }),

    /** One page of history, the newest first. */
    list: t.adminProcedure.input(listInput).query(({ ctx, input }) => history.list(input, callerUser(ctx.caller))),

    /** One notification by id. */
    get: t.adminProcedure
      .input(z.strictObject({ id: z.int().positive() }))
      .query(({ ctx, input }) => history.get(input.id, callerUser(ctx.caller))),

    /** Follows the hub: `connected` first, a `gap` where something is lost, then every notification, each once, in order. */
    subscribe: t.adminProcedure.input(followInput).subscription(async ({ ctx, input, signal }) => {
      const filter = toFilter(db, input, { user: callerUser(ctx.caller) });
      const lease = await streamLimits.admit(ctx);
      return new TypedStream(hub.open({ filter, after: input.lastEventId ?? undefined, lease }), signal);
    }),
  });
}
