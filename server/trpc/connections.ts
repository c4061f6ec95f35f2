import { z } from "zod";
import type { Connections } from "../reading/connections.ts";
import { connectionPageInput } from "../rules/follow.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of `connections` use. */
export interface ConnectionServices {
  readonly connections: Connections;
}

/** `connections.*`: the open streams; for admins. */
export function createConnectionsRouter(t: Trpc, { connections }: ConnectionServices) {
  return t.router({
    /** One page of the open streams, the oldest first. */
    list: t.adminProcedure.input(connectionPageInput).query(({ ctx, input }) => connections.list(input, ctx.caller)),

    /** Ends a stream; its client comes back where it was. */
    close: t.adminProcedure
      .input(z.strictObject({ clientId: z.string().min(1, "must not be empty").max(64) }))
      .mutation(({ ctx, input }) => connections.close(input.clientId, ctx)),
  });
}
