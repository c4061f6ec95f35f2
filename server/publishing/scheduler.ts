import type { Database } from "../../db/database.ts";
import { ConflictError, NotFoundError } from "../../db/errors.ts";
import type { First, Once } from "../../db/idempotency.ts";
import { findScheduled, listScheduled } from "../../db/scheduled.ts";
import type { ScheduledRow } from "../../db/schema.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { actorOf, type Caller, callerId, callerToken, callerUser, isAdmin, type Nobody } from "../auth/caller.ts";
import { requireSomebody } from "../auth/guard.ts";
import { findObjection, toOrderer } from "../auth/orderer.ts";
import { isAddressed } from "../auth/sight.ts";
import type { TypeBook } from "../catalogue/type_book.ts";
import type { Scheduled } from "../rules/answer.ts";
import { completeDraft } from "../rules/completion.ts";
import type { Draft, GivenDraft, GivenSchema } from "../rules/draft.ts";
import { InputError } from "../rules/explain.ts";
import type { DraftLimits } from "../rules/limits.ts";
import {
  changeWaiting,
  decodeWaiting,
  describeWaiting,
  encodeWaiting,
  formatPosition,
  parsePosition,
  type RescheduleInput,
  recipientsOf,
  type ScheduledInput,
  scheduledJson,
  type Waiting,
} from "../rules/waiting.ts";
import type { Recipients } from "./recipients.ts";

/** What scheduling needs. */
export interface SchedulerOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly access: AccessBook;
  readonly draftSchema: GivenSchema;
  readonly types: TypeBook;
  readonly recipients: Recipients;
  readonly draftLimits: DraftLimits;
  readonly now: () => number;
}

/** Who asks, and from where. */
export interface Request {
  readonly caller: Caller;
  readonly address: string;
}

/** One page of what waits, the first that is due first. */
export interface ScheduledPage {
  readonly items: readonly Scheduled[];
  /** Cursor of the next page; null: there is none. */
  readonly next: string | null;
}

/** How often a change is tried that others get ahead of. */
const ATTEMPTS = 5;

type Somebody = Exclude<Caller, Nobody>;

/** Keeps what is to be delivered later, for those who may; each sees and changes what they may. */
export class Scheduler {
  readonly #options: SchedulerOptions;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Stores what is to wait for its time; answers with it, or with the first that came with the key. */
  async schedule(
    waiting: Waiting,
    { caller, dueAt, once }: { readonly caller: Somebody; readonly dueAt: number; readonly once: Once | null },
  ): Promise<{ readonly id: number; readonly json: string; readonly first: null } | { readonly first: First }> {
    const { writer, now } = this.#options;
    const stamp = { dueAt, createdAt: now(), ...senderOf(caller) };
    const row = { ...stamp, channel: waiting.draft.channel, json: encodeWaiting(waiting) };
    const answer = JSON.stringify(describeWaiting(waiting.draft, stamp)).slice(1);
    const made = await writer.execute({ kind: "scheduled.create", input: { row, once, answer } });
    return made.first ? { first: made.first } : { id: made.id, json: scheduledJson(made.id, answer), first: null };
  }

  /**
   * One page of the caller's own, and of those to the channels that the caller manages, unless they are addressed to
   * others; admins see all. @throws {AccessError}
   */
  list({ channel, cursor, limit }: ScheduledInput, from: Caller): ScheduledPage {
    const { db, access } = this.#options;
    const caller = requireSomebody(from, "list what is scheduled");
    const within = isAdmin(caller)
      ? null
      : { ...ownerOf(caller), channels: [...access.channelsOf(caller, "manage")], reader: callerUser(caller) };
    const rows = listScheduled(db, { channel, within, after: parsePosition(cursor), limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items: items.map(toScheduled), next: rows.length > limit && last ? formatPosition(last) : null };
  }

  /**
   * Changes what waits. Whoever changes what it says becomes its sender.
   *
   * @throws {AccessError} {NotFoundError} {InputError} {ZodError}
   */
  async reschedule(input: RescheduleInput, request: Request): Promise<Scheduled> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#change(input, request);
      } catch (error) {
        // Somebody else changed it meanwhile: what is wanted is changed of what it is now.
        if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Takes back what was not delivered yet. @throws {AccessError} {NotFoundError} */
  async cancel(id: number, { caller: from, address }: Request): Promise<Scheduled> {
    const { writer, now } = this.#options;
    const { caller } = this.#find(id, { from, action: "cancel" });
    const actor = actorOf({ caller, address });
    return toScheduled(await writer.execute({ kind: "scheduled.cancel", input: { actor, at: now(), id } }));
  }

  /** Why something that is due must not be sent: its sender has lost the right to. Null: nothing speaks against it. */
  objection(row: ScheduledRow, { channel, escalate }: Draft): string | null {
    return findObjection(this.#options, row, [channel, ...(escalate?.to ?? [])]);
  }

  async #change({ scheduledId, changes }: RescheduleInput, { caller: from, address }: Request): Promise<Scheduled> {
    const { writer, access, draftSchema, recipients, now } = this.#options;
    const { caller, row } = this.#find(scheduledId, { from, action: "reschedule" });
    access.require(caller, "publish", { name: row.channel, action: "reschedule" });
    const before = decodeWaiting(row.json);
    const given = draftSchema.parse(changeWaiting(before, { dueAt: row.dueAt, changes }));
    access.requirePublish(caller, { ...given, channel: row.channel }, "reschedule");
    if (changes.to) recipients.check(given.to, "reschedule");
    const fields = Object.keys(changes);
    // What it says stays as its sender had it, whatever has become of its type since.
    const isMoved = fields.every((field) => field === "deliverAt");
    const sender = isMoved || isOwn(row, caller) ? null : senderOf(caller);
    const waiting = isMoved ? before : { given, draft: this.#complete(given, row, sender?.sender ?? row.sender) };
    const after = await writer.execute({
      kind: "scheduled.update",
      input: {
        ...{ actor: actorOf({ caller, address }), at: now(), read: row, fields },
        changes: {
          ...sender,
          dueAt: given.deliverAt?.at ?? row.dueAt,
          json: encodeWaiting(waiting),
        },
      },
    });
    return toScheduled(after);
  }

  #complete(given: GivenDraft, { channel }: ScheduledRow, sender: string): Draft {
    const { types, draftLimits: limits } = this.#options;
    try {
      const type = types.typeOf(given);
      return completeDraft({ ...given, channel }, type && { type, sender, limits });
    } catch (error) {
      throw error instanceof InputError ? new InputError("reschedule", error.faults) : error;
    }
  }

  /** What waits and is the caller's to change. Of others, nobody learns that it is there. */
  #find(id: number, { from, action }: { readonly from: Caller; readonly action: string }) {
    const { db } = this.#options;
    const caller = requireSomebody(from, `${action} ${id}`);
    const row = findScheduled(db, id);
    if (row && (isOwn(row, caller) || isAdmin(caller) || this.#manages(row, caller))) return { caller, row };
    throw new NotFoundError(
      `Cannot ${action} ${id}: nothing with this id waits for its time; it may have been delivered`,
    );
  }

  /** What is addressed to others is no business of a channel's manager: not once it is sent, and not before. */
  #manages({ channel, json }: ScheduledRow, caller: Somebody): boolean {
    return (
      this.#options.access.may(caller, "manage", channel) && isAddressed(caller, recipientsOf(decodeWaiting(json)))
    );
  }
}

/** Who sends it, by name and for good. */
function senderOf(caller: Somebody) {
  return { sender: callerId(caller), ...toOrderer(caller) };
}

/** Whose it is: a user has what was scheduled in person and with the user's tokens, a token what was scheduled with it. */
function ownerOf(caller: Somebody): { readonly userId: string | null; readonly tokenId: number | null } {
  return caller.kind === "user" ? { userId: caller.id, tokenId: null } : { userId: null, tokenId: callerToken(caller) };
}

function isOwn(row: ScheduledRow, caller: Somebody): boolean {
  const { userId, tokenId } = ownerOf(caller);
  return userId === null ? row.tokenId === tokenId : row.userId === userId;
}

function toScheduled({ id, json, ...stamp }: ScheduledRow): Scheduled {
  return { scheduledId: id, ...describeWaiting(decodeWaiting(json).draft, stamp) };
}
