/**
 * server/publishing/ owns WHAT CALLERS SEND: who may publish, schedule, remove and acknowledge, and how it reaches the
 * hub. This file publishes.
 */
import type { Database } from "../../db/database.ts";
import { joinJson } from "../../db/event_log.ts";
import type { First, Once } from "../../db/idempotency.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { type Caller, callerId, callerToken, isAdmin, type Nobody } from "../auth/caller.ts";
import { requireSomebody } from "../auth/guard.ts";
import type { RateLimits } from "../auth/limits.ts";
import { toOrderer } from "../auth/orderer.ts";
import type { TypeBook } from "../catalogue/type_book.ts";
import type { Hub } from "../hub/hub.ts";
import { channelOf, completeDraft } from "../rules/completion.ts";
import { type Draft, type GivenDraft, givenAt } from "../rules/draft.ts";
import type { DraftLimits } from "../rules/limits.ts";
import { encodeDraft, type Stamp } from "../rules/notification.ts";
import type { Waiting } from "../rules/waiting.ts";
import type { Deduplicator } from "./deduplicator.ts";
import type { Recipients } from "./recipients.ts";
import type { Scheduler } from "./scheduler.ts";

/** What publishing needs. */
export interface PublisherOptions {
  /** Read-only. */
  readonly db: Database;
  readonly hub: Hub;
  readonly access: AccessBook;
  readonly limits: RateLimits;
  readonly writer: Writer;
  readonly types: TypeBook;
  readonly recipients: Recipients;
  readonly draftLimits: DraftLimits;
  readonly scheduler: Scheduler;
  readonly deduplicator: Deduplicator;
  readonly now: () => number;
  /** Told of what the publisher is not, such as an audit row that could not be written. */
  readonly onError: (error: unknown) => void;
}

/** What became of a draft, and the JSON text that its publisher is answered. */
export interface Published {
  /** `deduplicated`: the same idempotency key came before, and this is the answer it got. */
  readonly outcome: "stored" | "ephemeral" | "scheduled" | "deduplicated";
  readonly json: string;
}

/** What somebody who may publish has ordered. */
interface Order {
  readonly caller: Exclude<Caller, Nobody>;
  readonly address: string;
  readonly given: GivenDraft;
  readonly complete: (given: GivenDraft) => Draft;
}

/** Publishes for those who may, as fast as they may. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * Completes a draft and publishes it: at once, at its time, or, where the same came before, not again.
   *
   * @throws {AccessError} {NotFoundError} {TooManyRequestsError} {InputError} {ConflictError}
   */
  async publish(given: GivenDraft, from: { readonly caller: Caller; readonly address: string }): Promise<Published> {
    const { access, limits, types, recipients, draftLimits } = this.#options;
    const caller = requireSomebody(from.caller, "publish");
    const type = types.typeOf(given);
    access.requirePublish(caller, { ...given, channel: channelOf(given, type) });
    await limits.publish(caller);
    const use = type && { type, sender: callerId(caller), limits: draftLimits };
    const complete = (what: GivenDraft) => completeDraft(what, use);
    const { outcome, json } = await this.#fulfil({ caller, address: from.address, given, complete });
    return { outcome, json: withUnknown(json, recipients.unknownOf(given.to)) };
  }

  async #fulfil(order: Order): Promise<Published> {
    const { hub, deduplicator, recipients } = this.#options;
    const { caller, given, complete } = order;
    const once = deduplicator.wish(given, caller);
    const first = once && deduplicator.find(once, given);
    if (first) return this.#repeat(first, order);
    recipients.check(given.to, "publish");
    const draft = complete(given);
    if (given.deliverAt) return await this.#schedule({ given, draft }, { ...order, once, dueAt: given.deliverAt.at });
    if (once) return await this.#publishOnce(draft, { ...order, once });
    const record = await hub.publish(draft, callerId(caller), stampOf(caller, draft));
    // What is not stored has no id: the record's is that of whatever was stored last.
    this.#note(order, draft.ephemeral ? `${record.channel} ephemeral` : `${record.channel} #${record.id}`);
    return { outcome: draft.ephemeral ? "ephemeral" : "stored", json: record.json };
  }

  async #publishOnce(draft: Draft, { once, ...order }: Order & { readonly once: Once }): Promise<Published> {
    const { db, writer } = this.#options;
    const entry = encodeDraft(draft, { ...stampOf(order.caller, draft), createdAt: once.at });
    const done = await writer.execute({ kind: "notification.appendOnce", input: { once, entry } });
    if (done.first) return this.#repeat(done.first, order);
    this.#note(order, `${draft.channel} #${done.appended}`);
    return { outcome: "stored", json: joinJson(db.epoch, done.appended, entry.tail) };
  }

  async #schedule(
    waiting: Waiting,
    { once, dueAt, ...order }: Order & { readonly once: Once | null; readonly dueAt: number },
  ): Promise<Published> {
    const made = await this.#options.scheduler.schedule(waiting, { caller: order.caller, dueAt, once });
    if (made.first) return this.#repeat(made.first, order);
    this.#note(order, `${waiting.draft.channel} scheduled ${made.id}`);
    return { outcome: "scheduled", json: made.json };
  }

  #repeat(first: First, { caller, given, complete }: Order): Published {
    const encode = (at: number) => {
      const draft = complete(givenAt(given, at));
      return encodeDraft(draft, { ...stampOf(caller, draft), createdAt: at });
    };
    return { outcome: "deduplicated", json: this.#options.deduplicator.answer(first, encode) };
  }

  /** A broadcast by an admin in person belongs in the audit trail; the publisher does not wait for it. */
  #note({ caller, address }: Order, target: string): void {
    if (caller.kind !== "user" || !isAdmin(caller)) return;
    const { writer, now } = this.#options;
    const actor = { id: caller.id, address };
    writer
      .execute({ kind: "audit.append", input: { actor, at: now(), action: "notification.publish", target } })
      .catch(this.#options.onError);
  }
}

function stampOf(caller: Exclude<Caller, Nobody>, { escalate }: Draft): Omit<Stamp, "createdAt"> {
  const orderer = escalate && toOrderer(caller);
  return { sender: callerId(caller), tokenId: callerToken(caller) ?? undefined, orderer };
}

/** An answer that says which recipients the hub does not know; what is stored does not. */
function withUnknown(json: string, unknown: readonly string[]): string {
  return unknown.length === 0 ? json : `${json.slice(0, -1)},"unknown":${JSON.stringify(unknown)}}`;
}
