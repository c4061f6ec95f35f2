import { z } from "zod";
import { cursorText } from "./cursor.ts";
import { channelName, typeName } from "./names.ts";
import { SEVERITIES } from "./severity.ts";

/** Most names in one filter. */
const MAX_NAMES = 200;

/** What streams and the history are filtered by. */
export const filterFields = {
  channels: z.array(channelName).min(1, "must name a channel, or be absent").max(MAX_NAMES).optional(),
  types: z.array(typeName).min(1, "must name a type, or be absent").max(MAX_NAMES).optional(),
  minSeverity: z.enum(SEVERITIES).optional(),
};

/** What a reader may ask of a stream. */
export const followInput = z
  .strictObject({
    ...filterFields,
    /** Also what is addressed to others; for admins. */
    all: z.boolean().optional(),
    /** `false`: also what the caller's preferences hide. */
    preferences: z.boolean().optional(),
    /** Where to resume: a cursor, or the id of the last notification seen. */
    lastEventId: cursorText.nullish(),
  })
  .default({});

/** Which page of the open streams: those opened after the one with this number. */
export const connectionPageInput = z
  .strictObject({ after: z.int().min(0).default(0), limit: z.int().min(1).max(500).default(500) })
  .default({ after: 0, limit: 500 });

/** A checked {@linkcode followInput}. */
export type FollowInput = z.output<typeof followInput>;
