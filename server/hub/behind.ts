import type { Database } from "../../db/database.ts";
import type { EventLog } from "../../db/event_log.ts";
import { createIndexedReader } from "../../db/search.ts";
import { createCountedReader } from "../../db/usage.ts";
import type { Writer } from "../../db/writer.ts";
import { LogFollower } from "./log_follower.ts";

/** What the work behind publishing needs. */
export interface BehindOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly log: EventLog;
  readonly onError: (error: unknown) => void;
}

/** The work behind publishing: the full-text index, and counting what was published. */
export class Behind implements Disposable {
  readonly index: LogFollower;
  readonly #counters: LogFollower;

  constructor({ db, writer, log, onError }: BehindOptions) {
    const common = { writer, head: () => log.head(), onError };
    this.index = new LogFollower({ ...common, kind: "search.index", through: createIndexedReader(db)() });
    this.#counters = new LogFollower({ ...common, kind: "usage.countPublished", through: createCountedReader(db)() });
  }

  [Symbol.dispose](): void {
    this.index[Symbol.dispose]();
    this.#counters[Symbol.dispose]();
  }
}
