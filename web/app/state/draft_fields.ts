import { type Draft, SEVERITIES, type Severity } from "../../client/mod.ts";
import { fromLocal } from "./local_time.ts";

/** Longest title, in characters; the hub has the last word. */
const MAX_TITLE = 250;

/** What the broadcast form holds; empty: not given. */
export interface DraftFields extends Record<string, string> {
  channel: string;
  severity: string;
  title: string;
  message: string;
  /** Users' ids, with spaces between. */
  to: string;
  type: string;
  /** JSON. */
  data: string;
  key: string;
  /** As `datetime-local` has it. */
  deliverAt: string;
  expiresAt: string;
  ack: string;
  /** Length of time, such as `10m`. */
  escalateAfter: string;
  /** Names of channels, with spaces between. */
  escalateTo: string;
}

/** An empty form. */
export const NO_DRAFT: DraftFields = {
  ...{ channel: "general", severity: "info", title: "", message: "", to: "", type: "", data: "", key: "" },
  ...{ deliverAt: "", expiresAt: "", ack: "", escalateAfter: "", escalateTo: "" },
};

/** What the hub calls fields that are a part of something there. */
export const DRAFT_PATHS = {
  "escalate.after": "escalateAfter",
  escalate: "escalateTo",
  typeVersion: "type",
} as const satisfies Readonly<Record<string, keyof DraftFields>>;

/** Says what is wrong with each field before anything is sent. `writes`: the chosen type writes the message itself. */
export function checkDraft(fields: DraftFields, now: number, writes = false): Partial<DraftFields> {
  const { channel, title, message, data, deliverAt, expiresAt } = fields;
  const when = { deliverAt: fromLocal(deliverAt), expiresAt: fromLocal(expiresAt) };
  const isPast = (at: string | undefined) => at !== undefined && Date.parse(at) <= now;
  const isTooEarly = when.deliverAt && when.expiresAt && when.expiresAt <= when.deliverAt;
  return {
    ...(!channel && { channel: "Choose a channel" }),
    ...(title.length > MAX_TITLE && { title: `Must have at most ${MAX_TITLE} characters, has ${title.length}` }),
    ...(!message.trim() && !writes && { message: "Write a message" }),
    ...(isPast(when.deliverAt) && { deliverAt: "Choose a time to come" }),
    ...(isPast(when.expiresAt) && { expiresAt: "Choose a time to come" }),
    ...(isTooEarly && { expiresAt: "Must be later than the time of delivery" }),
    ...checkJson(data),
  };
}

function checkJson(data: string): Partial<DraftFields> {
  if (!data.trim()) return {};
  try {
    JSON.parse(data);
    return {};
  } catch (error) {
    return { data: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The fields as the hub takes them: what is empty is not given. */
export function toDraft(fields: DraftFields): Draft {
  const { channel, severity, message, ack, escalateAfter, data } = fields;
  const to = recipientsOf(fields);
  const given = {
    ...{ title: fields.title.trim(), type: fields.type, key: fields.key.trim() },
    ...{ deliverAt: fromLocal(fields.deliverAt), expiresAt: fromLocal(fields.expiresAt) },
  };
  return {
    channel,
    severity: toSeverity(severity),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
    ...(message.trim() && { message }),
    ...(to.length > 0 && { to }),
    ...(data.trim() && { data: JSON.parse(data) as unknown }),
    ...(isAck(ack) && { ack, ...(escalateAfter && { escalate: toEscalation(fields) }) }),
  };
}

/** The users whom a broadcast is addressed to; none: everyone who may read the channel. */
export function recipientsOf({ to }: Pick<DraftFields, "to">): string[] {
  return [...new Set(words(to))];
}

function toEscalation({ escalateAfter, escalateTo }: DraftFields) {
  return { after: escalateAfter, to: words(escalateTo) };
}

/** Words with spaces or commas between. */
function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function isAck(text: string): text is "anyone" | "everyone" {
  return text === "anyone" || text === "everyone";
}

function toSeverity(text: string): Severity {
  return SEVERITIES.find((severity) => severity === text) ?? "info";
}
