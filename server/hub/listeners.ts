import type { Share } from "./tally.ts";

/** Who is told of what happens in a hub. */
export interface HubListeners {
  /** A stream of a user's was given these, which ask for acknowledgement. */
  readonly onAsked?: ((user: string, ids: readonly number[]) => void) | undefined;
  /** A stream was given so many of each channel and type. */
  readonly onDelivered?: ((shares: readonly Share[]) => void) | undefined;
}
