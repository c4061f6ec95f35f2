import type { ReadDesk } from "../reading/read_desk.ts";
import { markAllInput, markInput, unreadInput } from "../rules/reads.ts";
import type { Trpc } from "./init.ts";

/** What the procedures of read state use. */
export interface ReadServices {
  readonly readDesk: ReadDesk;
}

/** Those of `notifications.*` that are about what the caller has read. */
export function createReadProcedures(t: Trpc, { readDesk }: ReadServices) {
  return {
    /** Marks one notification, or several, as read; the caller's other streams are told. */
    markRead: t.memberProcedure.input(markInput).mutation(({ ctx, input }) => readDesk.mark(ctx.caller, input, true)),

    /** Marks one notification, or several, as unread. */
    markUnread: t.memberProcedure
      .input(markInput)
      .mutation(({ ctx, input }) => readDesk.mark(ctx.caller, input, false)),

    /** Marks everything as read: of a channel or of all, up to a notification or to the newest. */
    markAllRead: t.memberProcedure
      .input(markAllInput)
      .mutation(({ ctx, input }) => readDesk.markAll(ctx.caller, input)),

    /** How much the caller has not read, in all and by channel. */
    unreadCount: t.memberProcedure.input(unreadInput).query(({ ctx, input }) => readDesk.unread(ctx.caller, input)),
  };
}
