import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { findFor } from "../../db/reads.ts";
import { createUnreadSnapshots, type UnreadQuestion, type UnreadSnapshot } from "../../db/unread.ts";
import type { Writer } from "../../db/writer.ts";
import type { AccessBook } from "../auth/access_book.ts";
import type { Caller } from "../auth/caller.ts";
import { requireAdmin, requireUser } from "../auth/guard.ts";
import type { Hub } from "../hub/hub.ts";
import { CursorError, parseCursor } from "../rules/cursor.ts";
import type { MarkAllInput, MarkInput, UnreadInput } from "../rules/reads.ts";

/** What the desk needs. */
export interface ReadDeskOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly access: AccessBook;
  readonly hub: Hub;
  readonly now: () => number;
}

/** What a caller has not read. */
export interface UnreadCounts {
  readonly total: number;
  /** By channel; those without any are left out. */
  readonly channels: Readonly<Record<string, number>>;
  /** Id of the newest notification when it was counted: a stream's items with greater ids come on top. */
  readonly head: number;
}

/** Keeps what each user has read; a change reaches all of the user's streams. */
export class ReadDesk {
  readonly #options: ReadDeskOptions;
  readonly #count: (question: UnreadQuestion) => UnreadSnapshot;

  constructor(options: ReadDeskOptions) {
    this.#options = options;
    this.#count = createUnreadSnapshots(options.db);
  }

  /**
   * Marks as read or unread what the caller may see, and answers with how many were not so before. One that is named
   * alone must be there; of several, those that are not are passed over.
   *
   * @throws {AccessError} {NotFoundError}
   */
  async mark(caller: Caller, input: MarkInput, read: boolean): Promise<{ readonly changed: number }> {
    const { db, writer, access, hub, now } = this.#options;
    const action = `mark as ${read ? "read" : "unread"}`;
    const user = requireUser(caller, action);
    const given = "id" in input ? [input.id] : input.ids;
    const found = findFor(db, { user, ids: given, now: now() });
    const ids = found.filter(({ channel }) => access.may(caller, "read", channel)).map(({ id }) => id);
    if ("id" in input && ids.length === 0) {
      throw new NotFoundError(`Cannot ${action}: there is no notification ${input.id}`);
    }
    if (ids.length === 0) return { changed: 0 };
    const changed = await writer.execute({ kind: "notification.markRead", input: { user, ids, read, at: now() } });
    if (changed.length > 0) hub.tell(user, { event: "read", read, ids: changed });
    return { changed: changed.length };
  }

  /**
   * Marks everything up to a notification as read, whatever it is; answers with its id.
   *
   * @throws {AccessError} {NotFoundError} {CursorError}
   */
  async markAll(caller: Caller, { channel, through: given }: MarkAllInput): Promise<{ readonly through: number }> {
    const { writer, access, hub, now } = this.#options;
    const action = "mark all as read";
    const user = requireUser(caller, action);
    const readable = access.readable(caller, { wanted: channel === undefined ? undefined : [channel], action });
    const through = Math.min(this.#idOf(given), hub.head);
    // A token that is for some channels only must not reach the others; whoever reads as themselves has read it all.
    const channels = channel !== undefined || isLimited(caller) ? [...(readable ?? [])] : null;
    const input = { user, channels, readable: readable && [...readable], through, at: now() };
    if (await writer.execute({ kind: "notification.markAllRead", input })) {
      if (channels && channels.length !== 1) hub.tell(user, { event: "read", read: null });
      else hub.tell(user, { event: "read", read: true, through, ...(channels?.[0] && { channel: channels[0] }) });
    }
    return { through };
  }

  /** Counts what the caller has not read. @throws {AccessError} {NotFoundError} */
  unread(caller: Caller, { channels: wanted, all = false }: UnreadInput): UnreadCounts {
    const { access, now } = this.#options;
    const action = "count what is unread";
    const user = requireUser(caller, action);
    if (all) requireAdmin(caller, "count what is addressed to others");
    const readable = access.readable(caller, { wanted, action });
    const channels = readable && [...readable];
    const { head, counts } = this.#count({ user, channels, seesTargeted: all, now: now() });
    return {
      total: counts.reduce((sum, { unread }) => sum + unread, 0),
      channels: Object.fromEntries(counts.map(({ channel, unread }) => [channel, unread])),
      head,
    };
  }

  #idOf(through: string | number | undefined): number {
    if (typeof through !== "string") return through ?? Number.POSITIVE_INFINITY;
    const { epoch = null, id = 0 } = parseCursor(through) ?? {};
    if (epoch === null || epoch === this.#options.db.epoch) return id;
    throw new CursorError(`Cannot mark all as read: the cursor ${through} is of another database`);
  }
}

/** Whether a caller is a token that is for some channels only. */
function isLimited(caller: Caller): boolean {
  return caller.kind === "token" && !caller.patterns.includes("*");
}
