import type { Scheduler } from "../publishing/scheduler.ts";
import { cancelInput, rescheduleInput, scheduledInput } from "../rules/waiting.ts";
import type { Trpc } from "./init.ts";

/** What the procedures on what waits for its time use. */
export interface ScheduledServices {
  readonly scheduler: Scheduler;
}

/** `notifications.scheduled`, `.reschedule`, `.cancel`: the sender's, and those of whoever manages the channel. */
export function createScheduledProcedures(t: Trpc, { scheduler }: ScheduledServices) {
  return {
    /** One page of what waits for its time, the first that is due first. */
    scheduled: t.memberProcedure.input(scheduledInput).query(({ ctx, input }) => scheduler.list(input, ctx.caller)),

    /** Changes what waits: its time, or what it says. */
    reschedule: t.memberProcedure.input(rescheduleInput).mutation(({ ctx, input }) => scheduler.reschedule(input, ctx)),

    /** Takes back what was not delivered yet. */
    cancel: t.memberProcedure.input(cancelInput).mutation(({ ctx, input }) => scheduler.cancel(input.scheduledId, ctx)),
  };
}
