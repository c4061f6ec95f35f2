import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import type { Notification } from "../../client/mod.ts";
import { type Answers, useHub } from "./hub.ts";

/** What became of a notification: to whom it was delivered, who has read it, who has acknowledged it. */
export type Status = Answers["notifications"]["status"];

const KEY = "status";
/** How long a status is shown before it is asked for again, in ms; the stream says when it was acknowledged. */
const FRESH = 60_000;
/** How often it is asked for while somebody watches, in ms. */
const REFRESH = 3_000;
/** Most users that one line names. */
const NAMED = 3;

/** The notification that is acknowledged: of a copy that was sent again, its original. */
export function acknowledgedId({ id, original }: Pick<Notification, "id" | "original">): number {
  return original ?? id;
}

/** What became of a notification; `isWatched`: somebody looks at who has read it, so it is asked for again and again. */
export function useStatus(notification: () => Notification, isWatched = false) {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: [KEY, acknowledgedId(notification()), notification().id],
    queryFn: (): Promise<Status> => hub.trpc.notifications.status.query({ id: notification().id }),
    staleTime: FRESH,
    refetchInterval: isWatched && REFRESH,
  }));
}

/** Asks anew what became of a notification: it was acknowledged. */
export function refreshStatus(client: QueryClient, id: number): void {
  void client.invalidateQueries({ queryKey: [KEY, id] });
}

/** Acknowledges a notification. */
export function useAcknowledge() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: ({ id }: Notification) => hub.trpc.notifications.acknowledge.mutate({ id }),
    onSettled: (_answer, _error, notification) => refreshStatus(client, acknowledgedId(notification)),
  }));
}

/** What to say of an acknowledgement, and whether this user may still give it. */
export interface AcknowledgementView {
  readonly text: string;
  readonly isOpen: boolean;
}

/** Says for one user who has acknowledged a notification, as far as that user may know. */
export function describeAcknowledgement(status: Status, me: string): AcknowledgementView {
  const { ack, settled, view, counts } = status;
  const isMine = status.acknowledged.some(({ user }) => user === me);
  const others = status.acknowledged.map(({ user }) => user).filter((user) => user !== me);
  const names = [...(isMine ? ["you"] : []), ...others.slice(0, NAMED)];
  const more = counts.acknowledged - names.length;
  const by = names.length > 0 ? ` by ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}` : "";
  const left = view === "everybody" && ack === "everyone" ? `; ${counts.outstanding} still to come` : "";
  if (settled) return { text: `Acknowledged${by}`, isOpen: false };
  if (isMine) return { text: `Acknowledged${by}${left}`, isOpen: false };
  if (ack === "everyone")
    return { text: `Everyone has to acknowledge it${by ? `; done${by}` : ""}${left}`, isOpen: true };
  return { text: "Somebody has to acknowledge it", isOpen: true };
}
