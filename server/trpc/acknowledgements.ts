import type { AcknowledgementDesk } from "../publishing/acknowledgement_desk.ts";
import { byNotification } from "../rules/acknowledgement.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of acknowledgement use. */
export interface AcknowledgementServices {
  readonly acknowledgementDesk: AcknowledgementDesk;
}

/** Those of `notifications.*` that are about acknowledgement. */
export function createAcknowledgementProcedures(t: Trpc, { acknowledgementDesk }: AcknowledgementServices) {
  return {
    /** Acknowledges a notification that asks for it, once and for all; of a copy, its original. */
    acknowledge: t.memberProcedure
      .input(byNotification)
      .mutation(({ ctx, input: { id } }) => acknowledgementDesk.acknowledge(ctx.caller, id)),

    /** To whom a notification was delivered, who has read it, who has acknowledged it. */
    status: t.memberProcedure
      .input(byNotification)
      .query(({ ctx, input: { id } }) => acknowledgementDesk.status(ctx.caller, id)),
  };
}
