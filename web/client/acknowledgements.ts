import type { HubClient } from "./hub.ts";
import type { AcknowledgeAnswer, NotificationStatus } from "./items.ts";

/** What becomes of notifications. */
export interface AcknowledgementCalls {
  /** Acknowledges, once and for all; of a copy, its original. With a token: as the user that it is bound to. @throws {HubError} */
  acknowledge(id: number): Promise<AcknowledgeAnswer>;
  /** To whom it was delivered, who has read it, who has acknowledged it. @throws {HubError} */
  status(id: number): Promise<NotificationStatus>;
}

/** Makes the {@linkcode AcknowledgementCalls} of a client. */
export function createAcknowledgementCalls({ notifications }: HubClient): AcknowledgementCalls {
  return {
    acknowledge: (id) => notifications.acknowledge.mutate({ id }),
    status: (id) => notifications.status.query({ id }),
  };
}
