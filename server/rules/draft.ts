import { z } from "zod";
import { isWithinDepth, MAX_DEPTH, utf8Length } from "./json_value.ts";
import { channelName, eventName, typeName, userId } from "./names.ts";
import { SEVERITIES } from "./severity.ts";

/** How large the parts of a notification may be. */
export interface DraftLimits {
  /** Bytes of `message` in UTF-8. */
  readonly messageBytes: number;
  /** Bytes of `data` as JSON. */
  readonly dataBytes: number;
}

/** 16 KiB of message, 64 KiB of data. */
export const DEFAULT_LIMITS: DraftLimits = { messageBytes: 16 * 1024, dataBytes: 64 * 1024 };

/** Longest title, in characters. */
export const MAX_TITLE = 250;
/** Most tags, actions and recipients of one notification. */
const MAX_TAGS = 16;
const MAX_ACTIONS = 4;
const MAX_RECIPIENTS = 1_000;
/** Longest time on screen: a day, in ms. */
const MAX_DURATION = 86_400_000;

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).max(2_048);

const action = z.strictObject({
  label: z.string().min(1, "must not be empty").max(80),
  url: httpUrl,
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional(),
});

function bytesAtMost(limit: number) {
  return z.string().superRefine((text, context) => {
    if (text.length * 3 <= limit) return;
    const bytes = utf8Length(text);
    if (bytes > limit) context.addIssue({ code: "custom", message: `must have at most ${limit} bytes, has ${bytes}` });
  });
}

function jsonAtMost(limit: number) {
  return z.unknown().superRefine((value, context) => {
    if (value === undefined) return;
    if (!isWithinDepth(value)) {
      context.addIssue({ code: "custom", message: `must nest at most ${MAX_DEPTH} levels deep` });
      return;
    }
    const text = JSON.stringify(value);
    if (text.length * 3 <= limit) return;
    const bytes = utf8Length(text);
    if (bytes > limit) {
      context.addIssue({ code: "custom", message: `must have at most ${limit} bytes as JSON, has ${bytes}` });
    }
  });
}

/** Makes the schema of what a publisher sends. Unknown fields are refused, so that a typing error is never lost silently. */
export function createDraftSchema(limits: DraftLimits = DEFAULT_LIMITS) {
  return z
    .strictObject({
      channel: channelName.default("general"),
      /** Addressed to these users only; absent: all who may read the channel. */
      to: z
        .union([userId, z.array(userId).min(1, "must name a user").max(MAX_RECIPIENTS)], {
          error: "must be a user id, or a list of user ids",
        })
        .optional(),
      event: eventName.default("notification"),
      type: typeName.optional(),
      severity: z.enum(SEVERITIES).default("info"),
      title: z.string().max(MAX_TITLE, `must have at most ${MAX_TITLE} characters`).optional(),
      message: bytesAtMost(limits.messageBytes).optional(),
      format: z.enum(["text", "markdown"]).optional(),
      link: httpUrl.optional(),
      icon: httpUrl.optional(),
      tags: z.array(z.string().min(1, "must not be empty").max(MAX_TITLE)).max(MAX_TAGS).optional(),
      actions: z.array(action).max(MAX_ACTIONS).optional(),
      duration: z.int().positive().max(MAX_DURATION).optional(),
      key: z.string().min(1, "must not be empty").max(128).optional(),
      /** Delivered to whoever is there, not stored, without an id. */
      ephemeral: z.boolean().optional(),
      data: jsonAtMost(limits.dataBytes).optional(),
    })
    .refine(({ event, message }) => event !== "notification" || Boolean(message), {
      path: ["message"],
      message: "is required when event is notification",
    });
}

/** The schema of what a publisher sends. */
export type DraftSchema = ReturnType<typeof createDraftSchema>;
/** What a publisher sends. */
export type DraftInput = z.input<DraftSchema>;
/** What passed the rules and is not committed yet. */
export type Draft = z.output<DraftSchema>;
