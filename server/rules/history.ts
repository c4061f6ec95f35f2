import { z } from "zod";
import { cursorText } from "./cursor.ts";
import { filterFields } from "./follow.ts";
import { channelName, eventName, notificationKey, userId } from "./names.ts";
import type { Notification } from "./notification.ts";
import { pastMoment } from "./time.ts";

/** Most notifications of a page. */
export const MAX_PAGE = 500;

const fields = {
  ...filterFields,
  /** Only these events. */
  events: z.array(eventName).min(1, "must name an event, or be absent").max(200).optional(),
  /** Only what this one published: a user's id, or `token:<name>`. */
  sender: z.string().min(1, "must not be empty").max(200).optional(),
  /** Only what is addressed to this user: oneself, or for admins anybody. */
  recipient: userId.optional(),
  /** When it was published, both included. */
  from: pastMoment.optional(),
  until: pastMoment.optional(),
  /** Only what the caller has read, or has not. */
  read: z.boolean().optional(),
  /** Words of title and message, all of them; the last may go on. In quotes: these words together. */
  text: z.string().max(200).optional(),
  key: notificationKey.optional(),
  /** Also what is addressed to others; for admins. */
  all: z.boolean().optional(),
};

/** Which notifications: what list, count and export have in common. */
export const historyFilter = z.strictObject(fields).prefault({});

/** Everything that matches, as a file. */
export const exportInput = z
  .strictObject({
    ...fields,
    /** JSON lines, or a table. */
    format: z.enum(["jsonl", "csv"]).default("jsonl"),
  })
  .prefault({});

/** One page of the history. */
export const listInput = z
  .strictObject({
    ...fields,
    /** The `next` of the page before; with `newer` the `previous` of the page after. */
    cursor: cursorText.nullish(),
    /** To which side of the cursor. */
    direction: z.enum(["older", "newer"]).default("older"),
    limit: z.int().min(1).max(MAX_PAGE).default(50),
  })
  .prefault({});

/** The newest of each key of a channel. */
export const latestInput = z.strictObject({
  channel: channelName,
  /** Only this one. */
  key: notificationKey.optional(),
  /** The `next` of the page before. */
  after: notificationKey.nullish(),
  limit: z.int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  all: z.boolean().optional(),
});

/** One notification. */
export const getInput = z.strictObject({
  id: z.int().positive(),
  /** Also when it is addressed to others; for admins. */
  all: z.boolean().optional(),
});

/** A checked {@linkcode historyFilter}. */
export type HistoryInput = z.output<typeof historyFilter>;
/** A checked {@linkcode exportInput}. */
export type ExportInput = z.output<typeof exportInput>;
/** A checked {@linkcode listInput}. */
export type ListInput = z.output<typeof listInput>;
/** A checked {@linkcode getInput}. */
export type GetInput = z.output<typeof getInput>;
/** A checked {@linkcode latestInput}. */
export type LatestInput = z.output<typeof latestInput>;

/** What a page of the history says beside its notifications. */
export interface PageEnds {
  /** Cursor of the next, older page; null: there is none. */
  readonly next: string | null;
  /** Cursor of what is newer, to be asked for with `direction: "newer"`; null: there is nothing yet. */
  readonly previous: string | null;
  /** Of a search for text: everything up to this id could be found. */
  readonly indexed?: number;
  /** Of a search for text: the newest id. */
  readonly head?: number;
}

/** A page of history, the newest first. */
export interface HistoryPage extends PageEnds {
  readonly items: readonly Notification[];
}

/** The newest of each key of a channel, the newest first. */
export interface LatestPage {
  readonly items: readonly Notification[];
  /** The last key that was looked at, for `after`; null: there is no further one. */
  readonly next: string | null;
}
