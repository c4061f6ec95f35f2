import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/solid-query";
import type { Scheduled } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";
import { fromLocal, toLocal } from "./local_time.ts";

/** Cache key of the notifications that wait for their time. */
export const SCHEDULED = ["scheduled"] as const;

/** How often the list is read again while somebody looks, in ms: what is due leaves it by itself. */
const REFRESH = 10_000;
const PAGE = 50;

/** What the form that changes a scheduled notification holds. */
export interface RescheduleFields extends Record<string, string> {
  deliverAt: string;
  title: string;
  message: string;
}

/** What waits for its time, the first that is due first; further pages on request. */
export function createScheduledList() {
  const hub = useHub();
  const pages = useInfiniteQuery(() => ({
    queryKey: SCHEDULED,
    queryFn: ({ pageParam }) => hub.trpc.notifications.scheduled.query({ cursor: pageParam, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: REFRESH,
    reconcile: "scheduledId",
  }));
  return { pages, items: (): Scheduled[] => pages.data?.pages.flatMap(({ items }) => items) ?? [] };
}

/** Takes back what was not delivered yet. */
export function useCancelScheduled() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: (id: number) => hub.trpc.notifications.cancel.mutate({ scheduledId: id }),
    onSettled: () => client.invalidateQueries({ queryKey: SCHEDULED }),
  }));
}

/** Creates the form that changes when a scheduled notification is delivered, and what it says. */
export function createReschedule(it: Scheduled, now: () => number): Form<RescheduleFields, Scheduled> {
  const hub = useHub();
  const client = useQueryClient();
  const initial = { deliverAt: toLocal(Date.parse(it.deliverAt)), title: it.title ?? "", message: it.message ?? "" };
  return createForm<RescheduleFields, Scheduled>({
    initial,
    check: ({ deliverAt }) => {
      const at = fromLocal(deliverAt);
      return at === undefined || Date.parse(at) <= now() ? { deliverAt: "Choose a time to come" } : {};
    },
    submit: async (fields) => {
      const changes = {
        ...(fields.deliverAt !== initial.deliverAt && { deliverAt: fromLocal(fields.deliverAt) }),
        ...(fields.title !== initial.title && { title: fields.title.trim() || null }),
        ...(fields.message !== initial.message && { message: fields.message.trim() || null }),
      };
      // Nothing to change is well, too.
      if (Object.keys(changes).length === 0) return it;
      const changed = await hub.trpc.notifications.reschedule.mutate({ scheduledId: it.scheduledId, ...changes });
      void client.invalidateQueries({ queryKey: SCHEDULED });
      return changed;
    },
  });
}
