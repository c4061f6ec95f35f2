import { z } from "zod";
import { notificationId } from "./reads.ts";

/** Names a notification. */
export const byNotification = z.strictObject({ id: notificationId });

/** A user, and when (ISO 8601). */
export interface UserMoment {
  readonly user: string;
  readonly at: string;
}

/** What an acknowledgement is answered with. */
export interface AcknowledgeAnswer {
  /** Id of what was acknowledged: of a copy, its original. */
  readonly id: number;
  /** When the caller acknowledged first, ISO 8601. */
  readonly at: string;
  /** Whether nobody has to acknowledge it any more. */
  readonly settled: boolean;
}

/** What became of a notification: three facts that do not follow from each other, by user. */
export interface NotificationStatus {
  /** Of a copy: id of its original. */
  readonly id: number;
  /** Who has to acknowledge it; null: nobody. */
  readonly ack: "anyone" | "everyone" | null;
  /** Whether nobody has to acknowledge it any more. */
  readonly settled: boolean;
  /** How many times it was sent again because nobody had acknowledged it. */
  readonly escalations: number;
  /** When it will be sent again, ISO 8601; null: it will not. */
  readonly nextEscalation: string | null;
  /** `everybody`, for its sender, whoever manages its channel, and admins; `own`: the lists hold the caller alone. */
  readonly view: "everybody" | "own";
  /** To whose live streams it was written, and when first; noted for what asks for acknowledgement, a second late. */
  readonly delivered: readonly UserMoment[];
  /** Who has read it, or marked all as read. */
  readonly read: readonly { readonly user: string }[];
  readonly acknowledged: readonly UserMoment[];
  /** Who has to acknowledge it and has not. */
  readonly outstanding: readonly string[];
  /** How long the lists are; of each list, the first 1,000 are shown. */
  readonly counts: Readonly<Record<"delivered" | "read" | "acknowledged" | "outstanding", number>>;
}
