import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { findNotification, listNotifications } from "../../db/notifications.ts";
import { formatCursor, parseCursor } from "../rules/cursor.ts";
import type { ListInput } from "../rules/follow.ts";
import type { Notification } from "../rules/notification.ts";
import { severityRank } from "../rules/severity.ts";

/** A page of history, the newest first. */
export interface HistoryPage {
  readonly items: readonly Notification[];
  /** Cursor of the next, older page; null: there is none. */
  readonly next: string | null;
}

/** Reads what the log has kept, for one user's eyes (null: what is addressed to nobody). */
export class History {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** One page, the newest first. */
  list(input: ListInput, recipient: string | null): HistoryPage {
    const { channels, types, minSeverity, text, cursor, limit } = input;
    const rows = listNotifications(this.#db, {
      channels,
      types,
      text,
      recipient,
      minSeverity: minSeverity && severityRank(minSeverity),
      before: cursor ? parseCursor(cursor)?.id : undefined,
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(({ json }) => JSON.parse(json) as Notification),
      next: rows.length > limit && last ? formatCursor(this.#db.epoch, last.id) : null,
    };
  }

  /** One notification. @throws {NotFoundError} when there is none with this id for these eyes. */
  get(id: number, recipient: string | null): Notification {
    const found = findNotification(this.#db, id, recipient);
    if (!found) throw new NotFoundError(`Cannot get notification ${id}: there is none with this id`);
    return JSON.parse(found.json) as Notification;
  }
}
