import type { Notification } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";

/** What the form that removes a notification holds. */
export interface RemovalFields extends Record<string, string> {
  reason: string;
}

/** Creates the form that takes a notification off every screen; the reason is for the audit trail. */
export function createRemoval({ id }: Pick<Notification, "id">): Form<RemovalFields, true> {
  const hub = useHub();
  return createForm<RemovalFields, true>({
    initial: { reason: "" },
    check: () => ({}),
    submit: async ({ reason }) => {
      await hub.trpc.notifications.remove.mutate({ id, reason: reason.trim() });
      return true;
    },
  });
}
