import type { Reader } from "./reader.ts";

/** The readers of each user. */
export class UserReaders {
  readonly #byUser = new Map<string, Set<Reader>>();

  /** The open readers of a user. */
  of(user: string): Iterable<Reader> {
    return this.#byUser.get(user) ?? [];
  }

  /** Takes a reader in; nobody's are not kept. */
  add(reader: Reader): void {
    const { user } = reader.filter;
    if (user === null) return;
    const readers = this.#byUser.get(user);
    if (readers) readers.add(reader);
    else this.#byUser.set(user, new Set([reader]));
  }

  /** Lets a reader go. */
  remove(reader: Reader): void {
    const { user } = reader.filter;
    const readers = user === null ? undefined : this.#byUser.get(user);
    readers?.delete(reader);
    if (user !== null && readers?.size === 0) this.#byUser.delete(user);
  }
}
