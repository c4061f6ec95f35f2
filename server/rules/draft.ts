import { z } from "zod";
import { completeDraft } from "./completion.ts";
import { type Fault, InputError, nameFields } from "./explain.ts";
import { isWithinDepth, MAX_DEPTH, utf8Length } from "./json_value.ts";
import { DEFAULT_LIMITS, type DraftLimits, MAX_TITLE } from "./limits.ts";
import { channelName, eventName, notificationKey, typeName, userId } from "./names.ts";
import { SEVERITIES, type Severity } from "./severity.ts";
import { duration, type Moment, momentAt, momentWithin, pastFault } from "./time.ts";

/** Most tags, actions and recipients of one notification. */
const MAX_TAGS = 16;
const MAX_ACTIONS = 4;
const MAX_RECIPIENTS = 1_000;
/** Longest time on screen: a day, in ms. */
const MAX_DURATION = 86_400_000;
/** Farthest that a notification is scheduled or kept ahead, in ms: a year. */
const YEAR = 366 * 86_400_000;
/** Shortest and longest time until an unacknowledged notification is sent again, in ms. */
const ESCALATE_AFTER = { min: 10_000, max: 7 * 86_400_000 };
/** Most channels that one escalation goes through. */
const MAX_STEPS = 8;

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).max(2_048);

const action = z.strictObject(
  {
    label: z.string().min(1, "must not be empty").max(80),
    url: httpUrl,
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional(),
  },
  { error: nameFields },
);

/** How it is sent again while nobody acknowledges it: `to` is a channel, or channels one after the other. */
const escalate = z.strictObject(
  {
    after: duration(ESCALATE_AFTER),
    to: z
      .union([channelName.transform((name) => [name]), z.array(channelName).max(MAX_STEPS)], {
        error: "must be a channel, or a list of channels",
      })
      .default([]),
  },
  { error: nameFields },
);

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

/**
 * Makes the schema of what a publisher gives; `now` is unix ms. Unknown fields are refused, so that a typing error is
 * never lost silently. What is not given stays absent: {@linkcode completeDraft} fills it.
 */
export function createGivenSchema(limits: DraftLimits = DEFAULT_LIMITS, now: () => number = () => 0) {
  return z
    .strictObject(
      {
        /** Absent: the type's, or `general`. */
        channel: channelName.optional(),
        /** Addressed to these users only; absent: all who may read the channel. */
        to: z
          .union([userId, z.array(userId).min(1, "must name a user").max(MAX_RECIPIENTS)], {
            error: "must be a user id, or a list of user ids",
          })
          .optional(),
        event: eventName.default("notification"),
        type: typeName.optional(),
        /** Version of the registered type; absent: the newest. */
        typeVersion: z.int().positive().optional(),
        /** Absent: the type's, or info. */
        severity: z.enum(SEVERITIES).optional(),
        title: z.string().max(MAX_TITLE, `must have at most ${MAX_TITLE} characters`).optional(),
        message: bytesAtMost(limits.messageBytes).optional(),
        format: z.enum(["text", "markdown"]).optional(),
        link: httpUrl.optional(),
        icon: httpUrl.optional(),
        tags: z.array(z.string().min(1, "must not be empty").max(MAX_TITLE)).max(MAX_TAGS).optional(),
        actions: z.array(action).max(MAX_ACTIONS).optional(),
        duration: z.int().positive().max(MAX_DURATION).optional(),
        key: notificationKey.optional(),
        /** Delivered to whoever is there, not stored, without an id. */
        ephemeral: z.boolean().optional(),
        /** The one client (the `clientId` of its `connected`) that an ephemeral notification is for. */
        toClient: z.string().min(1, "must not be empty").max(64).optional(),
        /** When it is delivered; absent: at once. */
        deliverAt: momentWithin(now, YEAR).optional(),
        /** From when on nobody is given it any more. */
        expiresAt: momentWithin(now, 2 * YEAR).optional(),
        /** Who has to acknowledge it. */
        ack: z.enum(["anyone", "everyone"]).optional(),
        escalate: escalate.optional(),
        /** The same key from the same sender within 24 h gives the first answer again. */
        idempotencyKey: z.string().min(1, "must not be empty").max(200).optional(),
        data: jsonAtMost(limits.dataBytes).optional(),
      },
      { error: nameFields },
    )
    .superRefine((draft, context) => {
      for (const { path, message } of findContradictions(draft)) context.addIssue({ code: "custom", path, message });
      // With a key it may be the repetition of one that was right: the publisher decides.
      if (draft.idempotencyKey !== undefined) return;
      for (const { path, message } of findPast(draft, now()))
        context.addIssue({ code: "custom", path: [path], message });
    });
}

/** Times of a draft that should be to come and are not. */
export function findPast(draft: Pick<Delivery, "deliverAt" | "expiresAt">, now: number): Fault[] {
  return (["deliverAt", "expiresAt"] as const).flatMap((path) => {
    const message = draft[path] && pastFault(draft[path], now);
    return message ? [{ path, message }] : [];
  });
}

/** The same, had it been given then (unix ms). */
export function givenAt(given: GivenDraft, then: number): GivenDraft {
  const { expiresAt } = given;
  return expiresAt ? { ...given, expiresAt: momentAt(expiresAt, then) } : given;
}

/** The fields that {@linkcode findContradictions} looks at. */
interface Delivery {
  readonly to?: unknown;
  readonly ephemeral?: boolean | undefined;
  readonly toClient?: string | undefined;
  readonly deliverAt?: Moment | undefined;
  readonly expiresAt?: Moment | undefined;
  readonly ack?: string | undefined;
  readonly escalate?: { readonly to: readonly string[] } | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** What only a stored notification can have. */
const STORED_ONLY = ["deliverAt", "expiresAt", "ack", "escalate", "idempotencyKey"] as const;

/** Fields that are right by themselves and wrong together. */
function findContradictions(draft: Delivery): { path: string[]; message: string }[] {
  const { to, ephemeral, toClient, deliverAt, expiresAt, ack, escalate } = draft;
  const faults: { path: string[]; message: string }[] = [];
  const fault = (path: string, message: string) => faults.push({ path: [path], message });
  if (ephemeral) {
    for (const field of STORED_ONLY.filter((name) => draft[name] !== undefined)) {
      fault(field, "cannot be given for an ephemeral notification, which is not stored");
    }
  }
  if (toClient !== undefined && !ephemeral) fault("toClient", "needs ephemeral: true");
  if (toClient !== undefined && to !== undefined) fault("toClient", "cannot be given together with to");
  if (deliverAt && expiresAt && expiresAt.at <= deliverAt.at) fault("expiresAt", "must be later than deliverAt");
  if (escalate && !ack) fault("escalate", 'needs ack: "anyone" or "everyone"');
  const steps = escalate?.to ?? [];
  if (to !== undefined && steps.length > 0) {
    fault("escalate", "cannot name other channels together with to: who reads those is not whom it is addressed to");
  }
  const cycle = steps.find((name, index) => steps.indexOf(name) !== index);
  if (cycle !== undefined) fault("escalate", `must not come back to a channel: ${cycle} comes twice`);
  return faults;
}

/** The schema of what a publisher gives. */
export type GivenSchema = ReturnType<typeof createGivenSchema>;
/** What a publisher sends. */
export type DraftInput = z.input<GivenSchema>;
/** What a publisher gave, each field right by itself. */
export type GivenDraft = z.output<GivenSchema>;
/** What passed the rules and is not committed yet. */
export type Draft = GivenDraft & { readonly channel: string; readonly severity: Severity };

/** Makes the schema of whole drafts: what a publisher gives, completed as of no registered type. */
export function createDraftSchema(limits: DraftLimits = DEFAULT_LIMITS, now: () => number = () => 0) {
  return createGivenSchema(limits, now).transform((given, context): Draft => {
    try {
      return completeDraft(given);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const { path, message } of error.faults) context.addIssue({ code: "custom", path: [path], message });
      return z.NEVER;
    }
  });
}
