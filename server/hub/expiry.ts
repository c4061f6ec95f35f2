import type { Database } from "../../db/database.ts";
import type { EventLog } from "../../db/event_log.ts";
import { createExpiryReader, type ExpiredRecord } from "../../db/expiry.ts";
import type { Writer } from "../../db/writer.ts";
import { DueWork } from "./due_work.ts";
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
 * Starts to tell screens when the time of a notification is over, and to delete it. That nobody is given it from then on
 * does not wait for this: whoever reads looks at the clock.
 */
export function startExpiry({ db, writer, log, pace, tell, now, onError }: ExpiryOptions): AsyncDisposable {
  return new DueWork({
    reader: createExpiryReader(db),
    listen: (expect) =>
      log.onCommit((records) => {
        for (const { expiresAt } of records) if (expiresAt !== undefined) expect(expiresAt);
      }),
    act: async (expired, signal) => {
      tell(expired);
      const ids = expired.map(({ id }) => id);
      await pace.step(() => writer.execute({ kind: "notification.expire", input: { ids } }), signal);
    },
    now,
    onError,
  });
}
