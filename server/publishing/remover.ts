import type { Actor } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { joinJson } from "../../db/event_log.ts";
import { findRemovable, type Removable } from "../../db/removal.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { actorOf, type Caller, isAdmin, type Nobody } from "../auth/caller.ts";
import { AccessError, requireSomebody } from "../auth/guard.ts";
import { isSender } from "../auth/sender.ts";
import { isAddressed } from "../auth/sight.ts";
import { encodeRemoved, type RemoveInput } from "../rules/removal.ts";
import type { Removed } from "../rules/stream_item.ts";

/** What removing needs. */
export interface RemoverOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly access: AccessBook;
  readonly now: () => number;
}

/** Who removes, and why. */
interface Reasoned {
  readonly actor: Actor;
  readonly reason: string;
}

type Somebody = Exclude<Caller, Nobody>;

/** Takes back what was sent, for those who may: its sender, whoever manages its channel and is given it, admins. */
export class Remover {
  readonly #options: RemoverOptions;

  constructor(options: RemoverOptions) {
    this.#options = options;
  }

  /**
   * Removes a notification, with the copies that were sent because nobody acknowledged it; answers with what readers
   * are told. @throws {AccessError} {NotFoundError} also where the caller cannot know that it exists.
   */
  async remove(
    { id, reason }: RemoveInput,
    { caller: from, address }: { readonly caller: Caller; readonly address: string },
  ): Promise<Removed> {
    const { db } = this.#options;
    const caller = requireSomebody(from, `remove notification ${id}`);
    const [found] = findRemovable(db, "id", id);
    if (!found || !this.#mayRemove(found, caller)) throw this.#refusal(id, found, caller);
    const audited = { actor: actorOf({ caller, address }), reason };
    // The copies first: of what is broken off here, the original can be removed again.
    await this.#removeCopies(id, audited);
    const removed = await this.#remove(found, audited);
    // Its escalation has ended with it, so after those of this moment there will be no more.
    await this.#removeCopies(id, audited);
    return removed;
  }

  async #removeCopies(id: number, audited: Reasoned): Promise<void> {
    for (const copy of findRemovable(this.#options.db, "original", id)) {
      await this.#remove(copy, audited).catch((error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
      });
    }
  }

  async #remove(found: Removable, { actor, reason }: Reasoned): Promise<Removed> {
    const { db, writer, now } = this.#options;
    const at = now();
    const entry = encodeRemoved(found, { sender: actor.id, createdAt: at });
    const { appended } = await writer.execute({
      kind: "notification.remove",
      input: { actor, at, id: found.id, reason, entry },
    });
    return JSON.parse(joinJson(db.epoch, appended ?? 0, entry.tail)) as Removed;
  }

  #mayRemove(found: Removable, caller: Somebody): boolean {
    return (
      isAdmin(caller) ||
      isSender(this.#options.db, caller, found) ||
      (this.#options.access.may(caller, "manage", found.channel) && isAddressed(caller, found.recipients))
    );
  }

  #refusal(id: number, found: Removable | undefined, caller: Somebody): Error {
    const isSeen =
      found && this.#options.access.may(caller, "read", found.channel) && isAddressed(caller, found.recipients);
    if (!isSeen) return new NotFoundError(`Cannot remove notification ${id}: there is none with this id`);
    const who = `only its sender, whoever manages channel "${found.channel}", and admins may`;
    return new AccessError("FORBIDDEN", `Cannot remove notification ${id}: ${who}`);
  }
}
