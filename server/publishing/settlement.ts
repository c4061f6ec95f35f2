import {
  listAcknowledgements,
  listDisabled,
  listEnabled,
  type Sent,
  type UserTime,
} from "../../db/acknowledgements.ts";
import type { Database } from "../../db/database.ts";
import type { AccessBook } from "../auth/access_book.ts";

/** Who has to acknowledge what, and whether that is done. */
export class Settlement {
  readonly #db: Database;
  readonly #access: AccessBook;

  constructor(db: Database, access: AccessBook) {
    this.#db = db;
    this.#access = access;
  }

  /** Who is to see a notification: its recipients, or every user who may read its channel; nobody who is disabled. */
  audience({ recipients, channel }: Sent): string[] {
    if (recipients) {
      const disabled = listDisabled(this.#db, recipients);
      return recipients.filter((user) => !disabled.has(user));
    }
    const users = listEnabled(this.#db);
    return users.filter((user) => this.#access.mayUser(user, "read", channel)).map(({ id }) => id);
  }

  /** Who has to acknowledge a notification and has not: as long as one is enough, anybody. */
  outstanding(sent: Sent, acknowledged: readonly UserTime[]): string[] {
    if (sent.ack === null || (sent.ack === "anyone" && acknowledged.length > 0)) return [];
    const done = new Set(acknowledged.map(({ user }) => user));
    return this.audience(sent).filter((user) => !done.has(user));
  }

  /** Whether nobody has to acknowledge a notification any more. */
  isSettled(sent: Sent): boolean {
    const acknowledged = listAcknowledgements(this.#db, sent.id);
    // Asked for each that is due: who is to see it is found out only where that decides.
    if (acknowledged.length === 0) return sent.ack === null;
    return isDone(sent, acknowledged, this.outstanding(sent, acknowledged));
  }
}

/** Whether enough have acknowledged it. Where everyone has to, and there is nobody who could, it is not done. */
export function isDone({ ack }: Sent, acknowledged: readonly UserTime[], outstanding: readonly string[]): boolean {
  return ack === null || (acknowledged.length > 0 && outstanding.length === 0);
}
