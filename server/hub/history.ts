import { setImmediate } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import {
  findNotification,
  findWindow,
  type HistoryMatch,
  type HistoryRow,
  listNotifications,
  readHead,
  readNotifications,
  readOldest,
} from "../../db/notifications.ts";
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

/** A {@linkcode HistoryPage} as the log has it: each row's JSON is the notification as it is sent. */
export interface HistoryRows {
  readonly rows: readonly HistoryRow[];
  readonly next: string | null;
}

/** Ids, and bytes of JSON where text is searched, that one turn of the event loop looks through: some milliseconds. */
const WINDOW = { ids: 4_096, bytes: 4 * 1024 * 1024 };
/** A page ends before it holds more JSON than this, in bytes, however many notifications were asked for. */
const PAGE_BYTES = 1024 * 1024;

/** Reads what the log has kept, for one user's eyes (null: what is addressed to nobody). */
export class History {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** {@linkcode page}, parsed. */
  async list(input: ListInput, recipient: string | null, signal?: AbortSignal): Promise<HistoryPage> {
    const { rows, next } = await this.page(input, recipient, signal);
    return { items: rows.map(({ json }) => JSON.parse(json) as Notification), next };
  }

  /**
   * One page, the newest first: at most `limit` notifications, fewer where they are large. Looks through a window of
   * the log at a time and lets others have their turn in between, because a filter that matches little looks through
   * much.
   *
   * @throws {CursorError} when the cursor is of another database.
   * @throws {DOMException} an AbortError once the signal aborts.
   */
  async page(input: ListInput, recipient: string | null, signal?: AbortSignal): Promise<HistoryRows> {
    const { channels, types, minSeverity, text, cursor, limit } = input;
    const filter = { channels, types, text, recipient, minSeverity: minSeverity && severityRank(minSeverity) };
    const head = readHead(this.#db);
    const oldest = readOldest(this.#db) ?? head + 1;
    const found: HistoryMatch[] = [];
    let before = Math.min(this.#before(cursor), head + 1);
    while (before > oldest) {
      const from = text ? findWindow(this.#db, { before, ...WINDOW }) : before - WINDOW.ids;
      found.push(...listNotifications(this.#db, { ...filter, before, from, limit: limit + 1 - found.length }));
      if (countFitting(found, limit) < found.length) break;
      before = from;
      await setImmediate(undefined, { signal });
    }
    const fitting = found.slice(0, countFitting(found, limit));
    const last = fitting.at(-1);
    return {
      rows: readNotifications(
        this.#db,
        fitting.map(({ id }) => id),
      ),
      next: fitting.length < found.length && last ? formatCursor(this.#db.epoch, last.id) : null,
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
    if (!position) return Number.POSITIVE_INFINITY;
    if (position.epoch !== null && position.epoch !== this.#db.epoch) {
      throw new CursorError(`Cannot list: the cursor ${cursor} is of another database; begin without one`);
    }
    return position.id;
  }
}

/** How many of these, from the first on, make a page; never none. */
function countFitting(found: readonly HistoryMatch[], limit: number): number {
  let bytes = 0;
  const end = found.findIndex((match, index) => {
    bytes += match.bytes;
    return index === limit || (index > 0 && bytes > PAGE_BYTES);
  });
  return end < 0 ? found.length : end;
}
