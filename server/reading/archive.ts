/**
 * server/reading/ owns WHAT CALLERS SEE: who may read, follow, mark and count, and within which bounds. This file reads
 * the history.
 */
import { setImmediate } from "node:timers/promises";
import { NotFoundError } from "../../db/errors.ts";
import type { HistoryRow } from "../../db/history.ts";
import type { AccessBook } from "../auth/access_book.ts";
import { type Caller, callerUser } from "../auth/caller.ts";
import { requireAdmin, requireSomebody } from "../auth/guard.ts";
import { sightOf } from "../auth/sight.ts";
import type { History, HistoryRows, LatestRows } from "../hub/history.ts";
import { InputError } from "../rules/explain.ts";
import { type GetInput, type HistoryInput, type LatestInput, type ListInput, MAX_PAGE } from "../rules/history.ts";
import type { Sight } from "../rules/sight.ts";

/** Reads the history for those who may. Where nothing else is said: @throws {AccessError} {NotFoundError} {InputError} */
export class Archive {
  readonly #history: History;
  readonly #access: AccessBook;

  constructor(history: History, access: AccessBook) {
    this.#history = history;
    this.#access = access;
  }

  /** One page of what a caller may read, the newest first; each notification is the text that it is stored as. */
  async page(input: ListInput, caller: Caller, signal?: AbortSignal): Promise<HistoryRows> {
    return await this.#history.page(input, this.#sight(input, caller, "list notifications"), signal);
  }

  /** Everything that there is now and that a caller may read, the oldest first, page by page; `who` is asked for each. */
  async *export(
    input: HistoryInput,
    who: () => Caller | Promise<Caller>,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly HistoryRow[], void> {
    const { head } = this.#history;
    for (let cursor: string | null = "0"; cursor !== null; ) {
      const sight = this.#sight(input, await who(), "export notifications");
      const page = { ...input, cursor, direction: "newer", limit: MAX_PAGE } as const;
      const { rows, previous }: HistoryRows = await this.#history.page(page, sight, signal);
      const due = rows.filter(({ id }) => id <= head).toReversed();
      if (due.length > 0) yield due;
      cursor = due.length < rows.length ? null : previous;
      // However fast it is taken, others have their turns.
      await setImmediate(undefined, { signal });
    }
  }

  /** How many notifications a caller may read. */
  async count(input: HistoryInput, caller: Caller, signal?: AbortSignal): Promise<number> {
    return await this.#history.count(input, this.#sight(input, caller, "count notifications"), signal);
  }

  /** The newest of each key of a channel. */
  async latest(input: LatestInput, caller: Caller, signal?: AbortSignal): Promise<LatestRows> {
    const { channel, all } = input;
    const sight = this.#sight({ channels: [channel], all }, caller, `get the latest of channel "${channel}"`);
    return await this.#history.latest(input, sight, signal);
  }

  /**
   * One notification. @throws {NotFoundError} also when the caller may not read it: nobody else learns that it exists.
   * @throws {AccessError} for nobody, whether it exists or not.
   */
  get({ id, all }: GetInput, caller: Caller): HistoryRow {
    const action = `get notification ${id}`;
    if (all) requireAdmin(caller, `${action} if it is addressed to others`);
    const sight: Sight = { channels: null, user: callerUser(caller), seesTargeted: all === true };
    const found = this.#history.get(id, sight);
    if (found && this.#access.may(caller, "read", found.channel)) return found;
    requireSomebody(caller, action);
    throw new NotFoundError(`Cannot ${action}: there is none with this id`);
  }

  #sight(input: HistoryInput, caller: Caller, action: string): Sight {
    const { channels, all, recipient, read } = input;
    const sight = sightOf(this.#access, caller, { channels, all, action });
    const isOthers = recipient !== undefined && recipient !== sight.user;
    if (all || isOthers) requireAdmin(caller, `${action} that are addressed to others`);
    if (read !== undefined && sight.user === null) {
      throw new InputError(action, [{ path: "read", message: "needs a user; this credential belongs to none" }]);
    }
    return isOthers ? { ...sight, seesTargeted: true } : sight;
  }
}
