import type { Database } from "../../db/database.ts";
import type { EventLog } from "../../db/event_log.ts";
import { createExpiryReader, type ExpiredRecord, type ExpiryReader } from "../../db/expiry.ts";
import type { Writer } from "../../db/writer.ts";
import { Chore } from "./chore.ts";
import type { Pace } from "./pace.ts";

/** What taking away what has expired needs. */
export interface ExpiryOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly log: EventLog;
  readonly pace: Pace;
  /** Tells whoever has them on the screen. */
  readonly tell: (expired: readonly ExpiredRecord[]) => void;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Tells screens when the time of a notification is over, and deletes it. That nobody is given it from then on does not
 * wait for this: whoever reads looks at the clock.
 */
export class Expiry implements AsyncDisposable {
  readonly #options: ExpiryOptions;
  readonly #reader: ExpiryReader;
  readonly #chore: Chore;
  readonly #subscription: Disposable;

  constructor(options: ExpiryOptions) {
    const { db, log, now, onError } = options;
    this.#options = options;
    this.#reader = createExpiryReader(db);
    this.#chore = new Chore({ work: (signal) => this.#takeAway(signal), now, onError });
    this.#subscription = log.onCommit((records) => {
      for (const { expiresAt } of records) if (expiresAt !== undefined) this.#chore.expect(expiresAt);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#chore[Symbol.asyncDispose]();
  }

  async #takeAway(signal: AbortSignal): Promise<number | undefined> {
    const { writer, pace, tell, now } = this.#options;
    while (!signal.aborted) {
      const expired = this.#reader.due(now());
      if (expired.length === 0) break;
      tell(expired);
      const ids = expired.map(({ id }) => id);
      await pace.step(() => writer.execute({ kind: "notification.expire", input: { ids } }), signal);
    }
    return this.#reader.next();
  }
}
