import { z } from "zod";
import type { Scheduled } from "./answer.ts";
import type { Draft, DraftInput, GivenDraft } from "./draft.ts";
import { type Fault, InputError } from "./explain.ts";
import { channelName } from "./names.ts";

/** What waits for its time: what was given, and the draft that it became. */
export interface Waiting {
  readonly given: GivenDraft;
  readonly draft: Draft;
}

/** Writes it as text. When it is due, and with which key it came, stands elsewhere. */
export function encodeWaiting({ given, draft }: Waiting): string {
  const bare = <T extends GivenDraft>({ deliverAt: _, idempotencyKey: __, ...rest }: T) => rest;
  return JSON.stringify({ given: bare(given), draft: bare(draft) });
}

/** Reads what {@linkcode encodeWaiting} wrote. */
export function decodeWaiting(json: string): Waiting {
  return JSON.parse(json) as Waiting;
}

/** Whom it is addressed to; null: everyone. */
export function recipientsOf({ draft: { to } }: Waiting): readonly string[] | null {
  return to === undefined ? null : [to].flat();
}

/** When it is due, who sends it and when it was scheduled; times in unix ms. */
export interface WaitingStamp {
  readonly dueAt: number;
  readonly sender: string;
  readonly createdAt: number;
}

/** What waits as its sender is answered, but for its id. */
export function describeWaiting(
  draft: Draft,
  { dueAt, sender, createdAt }: WaitingStamp,
): Omit<Scheduled, "scheduledId"> {
  const { channel, event, type = event, severity, to, expiresAt, escalate, data, ...rest } = draft;
  const { deliverAt: _, idempotencyKey: __, ephemeral: ___, toClient: ____, ...content } = rest;
  const waiting = {
    deliverAt: new Date(dueAt).toISOString(),
    ...{ channel, event, type, severity },
    ...content,
    ...(to !== undefined && { to: [...new Set([to].flat())] }),
    ...(expiresAt && { expiresAt: new Date(expiresAt.at).toISOString() }),
    ...(escalate && { escalate }),
    ...{ sender, createdAt: new Date(createdAt).toISOString() },
    ...(data !== undefined && { data }),
  };
  // What was not given is absent, in a parsed draft and in what was read from the database.
  return waiting as Omit<Scheduled, "scheduledId">;
}

/** What cannot be changed of what waits. */
const FIXED = ["channel", "ephemeral", "toClient", "idempotencyKey"] as const;

/** What somebody wants to change: fields as in a draft; null takes one away. */
export type Changes = {
  readonly [Field in keyof Omit<DraftInput, (typeof FIXED)[number]>]?: DraftInput[Field] | null;
};

/** Which, and what is to become of it. */
export interface Reschedule extends Changes {
  readonly scheduledId: number;
}

/** A checked {@linkcode Reschedule}; its changes are checked with the whole that they make. */
export interface RescheduleInput {
  readonly scheduledId: number;
  readonly changes: Readonly<Record<string, unknown>>;
}

/** What may be asked of what waits. */
export const rescheduleInput = z
  .looseObject({ scheduledId: z.int().positive() })
  .transform(({ scheduledId, ...changes }): RescheduleInput => ({ scheduledId, changes })) as unknown as z.ZodType<
  RescheduleInput,
  Reschedule
>;

/** Which of what waits is to be cancelled. */
export const cancelInput = z.strictObject({ scheduledId: z.int().positive() });

/** What would have been given to have it so in the first place, to be checked like that. @throws {InputError} */
export function changeWaiting(
  { given }: Waiting,
  { dueAt, changes }: { readonly dueAt: number; readonly changes: RescheduleInput["changes"] },
): Record<string, unknown> {
  const faults: Fault[] = FIXED.filter((field) => changes[field] !== undefined).map((path) => ({
    path,
    message: "cannot be changed; cancel it, and schedule another",
  }));
  if (changes["deliverAt"] === null) faults.push({ path: "deliverAt", message: "must be a time" });
  if (Object.values(changes).every((value) => value === undefined)) {
    faults.push({ path: "", message: "must change something" });
  }
  if (faults.length > 0) throw new InputError("reschedule", faults);
  const { expiresAt, ...rest } = given;
  const before = { ...rest, deliverAt: dueAt, ...(expiresAt && { expiresAt: expiresAt.at }) };
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value != null));
}

/** Where a page of what waits begins: after this time and id. */
const POSITION = /^(\d{1,15})-(\d{1,15})$/;

/** What may be asked of what waits, the first that is due first. */
export const scheduledInput = z
  .strictObject({
    channel: channelName.optional(),
    /** The `next` of the page before. */
    cursor: z.string().regex(POSITION, "must be the next of the page before").nullish(),
    limit: z.int().min(1).max(500).default(50),
  })
  .default({ limit: 50 });

/** A checked {@linkcode scheduledInput}. */
export type ScheduledInput = z.output<typeof scheduledInput>;

/** Writes where the next page begins. */
export function formatPosition({ dueAt, id }: { readonly dueAt: number; readonly id: number }): string {
  return `${dueAt}-${id}`;
}

/** Reads what {@linkcode formatPosition} wrote; null for none. */
export function parsePosition(text: string | null | undefined): { readonly dueAt: number; readonly id: number } | null {
  const match = POSITION.exec(text ?? "");
  return match ? { dueAt: Number(match[1]), id: Number(match[2]) } : null;
}

/** The JSON of what waits: its id, then the rest without its opening brace. */
export function scheduledJson(id: number, rest: string): string {
  return `{"scheduledId":${id},${rest}`;
}
