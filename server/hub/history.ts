import { setImmediate } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { findNotification, type HistoryRow, listNotifications, readHead, readOldest } from "../../db/notifications.ts";
import { CursorError, formatCursor, parseCursor } from "../rules/cursor.ts";
import type { ListInput } from "../rules/follow.ts";
import type { Notification } from "../rules/notification.ts";
import { severityRank } from "../rules/severity.ts";

/** A page of history, the newest first. */
export interface HistoryPage {
  readonly items: readonly Notification[];
  /** Cursor of the next, older page; null: there is none. */
  readonly next: string | null;
}

/** Ids that are looked through in one turn of the event loop: some milliseconds, also where text is searched. */
const WINDOW = 4_096;

/** Reads what the log has kept, for one user's eyes (null: what is addressed to nobody). */
export class History {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * One page, the newest first. Looks through a window of ids at a time and lets others have their turn in between,
   * because a filter that matches little looks through much.
   *
   * @throws {CursorError} when the cursor is of another database.
   */
  async list(input: ListInput, recipient: string | null): Promise<HistoryPage> {
    const { channels, types, minSeverity, text, cursor, limit } = input;
    const filter = { channels, types, text, recipient, minSeverity: minSeverity && severityRank(minSeverity) };
    const oldest = readOldest(this.#db) ?? 0;
    const rows: HistoryRow[] = [];
    for (let before = this.#before(cursor); before > oldest; before -= WINDOW) {
      const from = before - WINDOW;
      rows.push(...listNotifications(this.#db, { ...filter, before, from, limit: limit + 1 - rows.length }));
      if (rows.length > limit) break;
      await setImmediate();
    }
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

  #before(cursor: string | null | undefined): number {
    const position = cursor ? parseCursor(cursor) : undefined;
    if (!position) return readHead(this.#db) + 1;
    if (position.epoch !== null && position.epoch !== this.#db.epoch) {
      throw new CursorError(`Cannot list: the cursor ${cursor} is of another database; begin without one`);
    }
    return position.id;
  }
}
