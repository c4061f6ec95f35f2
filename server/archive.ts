import { NotFoundError } from "../db/errors.ts";
import type { AccessBook } from "./auth/access_book.ts";
import { type Caller, callerUser } from "./auth/caller.ts";
import { requireSomebody } from "./auth/guard.ts";
import type { History, HistoryPage } from "./hub/history.ts";
import type { ListInput } from "./rules/follow.ts";
import type { Notification } from "./rules/notification.ts";

/** Reads the history for those who may. */
export class Archive {
  readonly #history: History;
  readonly #access: AccessBook;

  constructor(history: History, access: AccessBook) {
    this.#history = history;
    this.#access = access;
  }

  /** One page of what a caller may read, the newest first. @throws {AccessError} {NotFoundError} */
  async list(input: ListInput, caller: Caller, signal?: AbortSignal): Promise<HistoryPage> {
    const readable = this.#access.readable(caller, { wanted: input.channels, action: "list notifications" });
    const channels = readable ? [...readable] : undefined;
    return await this.#history.list({ ...input, channels }, callerUser(caller), signal);
  }

  /**
   * One notification. @throws {NotFoundError} also when the caller may not read it: nobody else learns that it exists.
   * @throws {AccessError} for nobody, whether it exists or not.
   */
  get(id: number, caller: Caller): Notification {
    const notification = this.#find(id, caller);
    if (notification && this.#access.may(caller, "read", notification.channel)) return notification;
    requireSomebody(caller, `get notification ${id}`);
    throw new NotFoundError(`Cannot get notification ${id}: there is none with this id`);
  }

  #find(id: number, caller: Caller): Notification | null {
    try {
      return this.#history.get(id, callerUser(caller));
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  }
}
