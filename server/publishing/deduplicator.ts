import type { Database } from "../../db/database.ts";
import { joinJson } from "../../db/event_log.ts";
import { type First, findFirst, type Once, readFirst } from "../../db/idempotency.ts";
import { type Caller, callerKey, type Nobody } from "../auth/caller.ts";
import { findPast, type GivenDraft } from "../rules/draft.ts";
import { InputError } from "../rules/explain.ts";
import { fingerprint } from "../rules/fingerprint.ts";
import type { EncodedDraft } from "../rules/notification.ts";
import { scheduledJson } from "../rules/waiting.ts";

/** How long an idempotency key is remembered, in ms: a day. */
export const REMEMBERED = 86_400_000;

/** What the deduplicator needs. */
export interface DeduplicatorOptions {
  /** Read-only. */
  readonly db: Database;
  readonly now: () => number;
}

/** Answers what a sender sends again, with the same idempotency key, as the first time. */
export class Deduplicator {
  readonly #options: DeduplicatorOptions;

  constructor(options: DeduplicatorOptions) {
    this.#options = options;
  }

  /** That what somebody gave counts once; null: no key came with it. */
  wish(given: GivenDraft, caller: Exclude<Caller, Nobody>): Once | null {
    const { idempotencyKey: key } = given;
    if (key === undefined) return null;
    const at = this.#options.now();
    return { sender: callerKey(caller), key, hash: fingerprint(given), at, since: at - REMEMBERED };
  }

  /**
   * The first with a key, if there was one before; the writer looks again, for one of the same moment.
   *
   * @throws {ConflictError} when that was something else.
   * @throws {InputError} when this is the first, and names a time that was.
   */
  find(once: Once, given: GivenDraft): First | null {
    const first = findFirst(this.#options.db, once);
    if (first) return first;
    const faults = findPast(given, once.at).map(({ path, message }) => {
      const shown = JSON.stringify(given[path as "deliverAt"]?.given);
      return { path, message: `${message} (got ${shown})` };
    });
    if (faults.length > 0) throw new InputError("publish", faults);
    return null;
  }

  /** The answer that the first got; made again where the log has it no more. */
  answer(first: First, encode: (createdAt: number) => EncodedDraft): string {
    return `${this.#firstJson(first, encode).slice(0, -1)},"deduplicated":true}`;
  }

  #firstJson({ notificationId, scheduledId, answer, createdAt }: First, encode: (at: number) => EncodedDraft): string {
    const { db } = this.#options;
    if (scheduledId !== null) return scheduledJson(scheduledId, answer ?? "}");
    const id = notificationId ?? 0;
    return readFirst(db, id) ?? joinJson(db.epoch, id, encode(createdAt).tail);
  }
}
