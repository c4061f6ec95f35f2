import type { LogRecord } from "../db/event_log.ts";
import type { Writer } from "../db/writer.ts";
import type { AccessBook } from "./auth/access_book.ts";
import { type Caller, callerId, isAdmin } from "./auth/caller.ts";
import { requireSomebody } from "./auth/guard.ts";
import type { RateLimits } from "./auth/limits.ts";
import type { Hub } from "./hub/hub.ts";
import { channelOf, completeDraft } from "./rules/completion.ts";
import type { GivenDraft } from "./rules/draft.ts";
import type { DraftLimits } from "./rules/limits.ts";
import type { TypeBook } from "./type_book.ts";

/** What publishing needs. */
export interface PublisherOptions {
  readonly hub: Hub;
  readonly access: AccessBook;
  readonly limits: RateLimits;
  readonly writer: Writer;
  readonly types: TypeBook;
  readonly draftLimits: DraftLimits;
  readonly now: () => number;
}

/** What became of a draft, and the JSON text that its publisher is answered. */
export interface Published {
  /** `deduplicated`: the same idempotency key came before, and this is the answer it got. */
  readonly outcome: "stored" | "ephemeral" | "scheduled" | "deduplicated";
  readonly json: string;
}

/** Publishes for those who may, as fast as they may. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Completes a draft and publishes it. @throws {AccessError} {NotFoundError} {TooManyRequestsError} {InputError} */
  async publish(given: GivenDraft, from: { readonly caller: Caller; readonly address: string }): Promise<Published> {
    const { hub, access, limits, types, draftLimits } = this.#options;
    const caller = requireSomebody(from.caller, "publish");
    const type = types.typeOf(given);
    access.require(caller, "publish", { name: channelOf(given, type), action: "publish" });
    await limits.publish(caller);
    const draft = completeDraft(given, type && { type, sender: callerId(caller), limits: draftLimits });
    const record = await hub.publish(draft, callerId(caller));
    if (caller.kind === "user" && isAdmin(caller)) this.#note(caller.id, from.address, record);
    return { outcome: draft.ephemeral ? "ephemeral" : "stored", json: record.json };
  }

  /** A broadcast by an admin in person belongs in the audit trail; the publisher does not wait for it. */
  #note(id: string, address: string, record: LogRecord): void {
    const { writer, now } = this.#options;
    const target = `${record.channel} #${record.id}`;
    writer
      .execute({
        kind: "audit.append",
        input: { actor: { id, address }, at: now(), action: "notification.publish", target },
      })
      .catch(() => undefined);
  }
}
