import { z } from "zod";
import { cursorText } from "./cursor.ts";
import { channelName } from "./names.ts";

/** Most notifications that one call marks, and most channels that one call names. */
const MAX_IDS = 500;
const MAX_CHANNELS = 200;

/** A notification's id. */
export const notificationId = z.int("must be an id, a whole number").positive("must be an id, at least 1");

const ids = z.array(notificationId).min(1, "must name a notification").max(MAX_IDS);

/** What to mark as read or unread: one notification, which must be there, or several, of which some may be gone. */
export const markInput = z.union([z.strictObject({ id: notificationId }), z.strictObject({ ids })], {
  error: `must have id, or ids: a list of at most ${MAX_IDS} ids`,
});

/** What to mark as read altogether. */
export const markAllInput = z
  .strictObject({
    /** Only this channel; absent: all. */
    channel: channelName.optional(),
    /** Up to and including this one, a cursor or an id; absent: the newest. */
    through: z.union([cursorText, notificationId], { error: "must be a cursor or an id" }).optional(),
  })
  .default({});

/** What to count. */
export const unreadInput = z
  .strictObject({
    /** Only these channels; absent: all that the caller may read. */
    channels: z.array(channelName).min(1, "must name a channel, or be absent").max(MAX_CHANNELS).optional(),
    /** Also what is addressed to others; for admins. */
    all: z.boolean().optional(),
  })
  .default({});

/** A checked {@linkcode markInput}. */
export type MarkInput = z.output<typeof markInput>;
/** A checked {@linkcode markAllInput}. */
export type MarkAllInput = z.output<typeof markAllInput>;
/** A checked {@linkcode unreadInput}. */
export type UnreadInput = z.output<typeof unreadInput>;
