import { findSent, listAcknowledgements, listCopies, type Sent, type UserTime } from "../../db/acknowledgements.ts";
import type { Database } from "../../db/database.ts";
import { listDeliveries } from "../../db/deliveries.ts";
import { NotFoundError } from "../../db/errors.ts";
import { readEscalation } from "../../db/escalations.ts";
import { readersOf } from "../../db/reads.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { type Caller, callerUser, isAdmin } from "../auth/caller.ts";
import { requireSomebody, requireUser } from "../auth/guard.ts";
import { isSender } from "../auth/sender.ts";
import { isAddressed } from "../auth/sight.ts";
import type { Hub } from "../hub/hub.ts";
import type { Seen } from "../hub/passing.ts";
import type { AcknowledgeAnswer, NotificationStatus, UserMoment } from "../rules/acknowledgement.ts";
import { isDone, type Settlement } from "./settlement.ts";

/** What the desk needs. */
export interface AcknowledgementDeskOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly access: AccessBook;
  readonly settlement: Settlement;
  readonly hub: Hub;
  readonly now: () => number;
}

/** Most entries of each list that a status shows. */
const SHOWN = 1_000;

/** Takes acknowledgements, and says what became of a notification. */
export class AcknowledgementDesk {
  readonly #options: AcknowledgementDeskOptions;

  constructor(options: AcknowledgementDeskOptions) {
    this.#options = options;
  }

  /**
   * Acknowledges what the caller is given, once and for all; of a copy, its original.
   *
   * @throws {AccessError} {NotFoundError} {ConflictError} when it asks for no acknowledgement
   */
  async acknowledge(caller: Caller, id: number): Promise<AcknowledgeAnswer> {
    const { writer, settlement, hub, now } = this.#options;
    const action = `acknowledge notification ${id}`;
    const user = requireUser(caller, action);
    const sent = this.#original(this.#find(id, { action, sees: (found) => this.#isGiven(caller, found) }));
    const input = { id: sent.id, user, at: now() };
    const { at, isNew, isFirst } = await writer.execute({ kind: "notification.acknowledge", input });
    const settled = settlement.isSettled(sent);
    if (settled && sent.ack === "everyone") await writer.execute({ kind: "escalation.end", input: { id: sent.id } });
    const item = { event: "acknowledged", acknowledged: sent.id, settled } as const;
    if (settled && (sent.ack === "everyone" ? isNew : isFirst)) hub.tellAcknowledged(this.#seen(sent), item);
    else if (isNew) hub.tell(user, item);
    return { id: sent.id, at: new Date(at).toISOString(), settled };
  }

  /** What became of a notification, as far as that is the caller's business. @throws {AccessError} {NotFoundError} */
  status(from: Caller, id: number): NotificationStatus {
    const { db, access, settlement } = this.#options;
    const action = `read the status of notification ${id}`;
    const caller = requireSomebody(from, action);
    const isOwn = (found: Sent) => isAdmin(caller) || isSender(db, caller, found);
    const asked = this.#find(id, { action, sees: (found) => isOwn(found) || this.#isGiven(caller, found) });
    const sent = this.#original(asked);
    const seesAll = isOwn(asked) || access.may(caller, "manage", asked.channel);
    const isShown = (user: string) => seesAll || user === callerUser(caller);

    const acknowledged = listAcknowledgements(db, sent.id);
    const outstanding = settlement.outstanding(sent, acknowledged);
    const delivered = listDeliveries(db, sent.id);
    const known = new Set([...settlement.audience(asked), ...[...delivered, ...acknowledged].map(({ user }) => user)]);
    const escalation = readEscalation(db, sent.id);
    const lists = {
      delivered: delivered.filter(({ user }) => isShown(user)).map(toMoment),
      read: readersOf(db, asked.id, [...known].filter(isShown)).map((user) => ({ user })),
      acknowledged: acknowledged.filter(({ user }) => isShown(user)).map(toMoment),
      outstanding: outstanding.filter(isShown),
    };
    return {
      id: sent.id,
      ack: sent.ack,
      settled: isDone(sent, acknowledged, outstanding),
      escalations: escalation.sent,
      nextEscalation: escalation.nextAt === null ? null : new Date(escalation.nextAt).toISOString(),
      view: seesAll ? "everybody" : "own",
      delivered: lists.delivered.slice(0, SHOWN),
      read: lists.read.slice(0, SHOWN),
      acknowledged: lists.acknowledged.slice(0, SHOWN),
      outstanding: lists.outstanding.slice(0, SHOWN),
      counts: {
        delivered: lists.delivered.length,
        read: lists.read.length,
        acknowledged: lists.acknowledged.length,
        outstanding: lists.outstanding.length,
      },
    };
  }

  #find(id: number, { action, sees }: { readonly action: string; readonly sees: (sent: Sent) => boolean }): Sent {
    const { db, now } = this.#options;
    const found = findSent(db, id);
    if (found && (found.expiresAt ?? Number.POSITIVE_INFINITY) > now() && sees(found)) return found;
    throw new NotFoundError(`Cannot ${action}: there is none with this id`);
  }

  /** What a copy was made of; itself, where that is not kept any more. */
  #original(sent: Sent): Sent {
    return (sent.original === null ? undefined : findSent(this.#options.db, sent.original)) ?? sent;
  }

  /** Whether it is among what the caller is given. */
  #isGiven(caller: Caller, { channel, recipients }: Sent): boolean {
    return this.#options.access.may(caller, "read", channel) && isAddressed(caller, recipients);
  }

  /** It and its copies, as far as that decides who could see them; each channel once. */
  #seen(sent: Sent): Seen[] {
    const copies = listCopies(this.#options.db, sent.id).filter(({ channel }) => channel !== sent.channel);
    const { id, type, severity } = sent;
    return [sent, ...copies].map(({ channel, recipients }) => ({ id, channel, type, severity, recipients }));
  }
}

function toMoment({ user, at }: UserTime): UserMoment {
  return { user, at: new Date(at).toISOString() };
}
