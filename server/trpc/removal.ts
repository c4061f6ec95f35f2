import type { Remover } from "../publishing/remover.ts";
import { removeInput } from "../rules/removal.ts";
import type { Trpc } from "./init.ts";

/** What the procedure that removes uses. */
export interface RemovalServices {
  readonly remover: Remover;
}

/** `notifications.remove`: for the sender, whoever manages the channel, and admins. */
export function createRemovalProcedures(t: Trpc, { remover }: RemovalServices) {
  return {
    /** Takes back what was sent: every screen drops it, also those that come back later. */
    remove: t.memberProcedure.input(removeInput).mutation(({ ctx, input }) => remover.remove(input, ctx)),
  };
}
