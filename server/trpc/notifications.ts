import type { Publisher } from "../publishing/publisher.ts";
import type { Archive } from "../reading/archive.ts";
import type { Follower } from "../reading/follower.ts";
import type { Answer } from "../rules/answer.ts";
import type { GivenSchema } from "../rules/draft.ts";
import { followInput } from "../rules/follow.ts";
import { type AcknowledgementServices, createAcknowledgementProcedures } from "./acknowledgements.ts";
import { createHistoryProcedures } from "./history.ts";
import type { Trpc } from "./init.ts";
import { createReadProcedures, type ReadServices } from "./reads.ts";
import { createRemovalProcedures, type RemovalServices } from "./removal.ts";
import { createScheduledProcedures, type ScheduledServices } from "./scheduled.ts";
import { TypedStream } from "./typed_stream.ts";

/** What the procedures of `notifications` use. */
export interface NotificationServices
  extends AcknowledgementServices,
    ReadServices,
    ScheduledServices,
    RemovalServices {
  readonly publisher: Publisher;
  readonly archive: Archive;
  readonly follower: Follower;
  readonly draftSchema: GivenSchema;
}

/** `notifications.*`: what each caller may is decided channel by channel. */
export function createNotificationsRouter(t: Trpc, services: NotificationServices) {
  const { publisher, follower, draftSchema } = services;
  return t.router({
    ...createReadProcedures(t, services),
    ...createAcknowledgementProcedures(t, services),

    /** Commits one notification and answers with it, or with what waits for its time. */
    publish: t.memberProcedure.input(draftSchema).mutation(async ({ ctx, input }) => {
      const { json } = await publisher.publish(input, ctx);
      return JSON.parse(json) as Answer;
    }),

    ...createHistoryProcedures(t, services),

    /** Follows the hub: `connected` first, a `gap` where something is lost, then every notification, each once, in order. */
    subscribe: t.publicProcedure.input(followInput).subscription(async ({ ctx, input, signal }) => {
      const { caller, credentials, address } = ctx;
      return new TypedStream(await follower.open({ caller, credentials, address, wishes: input }), signal);
    }),

    ...createScheduledProcedures(t, services),
    ...createRemovalProcedures(t, services),
  });
}
