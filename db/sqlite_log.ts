import { appendedBy } from "./commands.ts";
import type { Database } from "./database.ts";
import {
  type EventLog,
  joinJson,
  type LogEntry,
  type LogPage,
  type LogRecord,
  type ReadOptions,
  type TrimOptions,
} from "./event_log.ts";
import {
  type ChannelsReader,
  createOldestReader,
  createRangeReader,
  createTrimmedReader,
  type RangeReader,
  readHead,
} from "./notifications.ts";
import type { Committed, Writer } from "./writer.ts";

/** Most records in a page unless told. */
const PAGE = 256;
/** Most ids that one page with a channel filter looks through: bounds its time where nothing matches. */
const WINDOW = 4_096;

/** The {@linkcode EventLog} in SQLite: appends go through the writer, reads through a read-only connection. */
export class SqliteLog implements EventLog, Disposable {
  readonly epoch: string;
  readonly #writer: Writer;
  readonly #range: RangeReader;
  readonly #readOldest: ChannelsReader<number | undefined>;
  readonly #readTrimmed: ChannelsReader<number>;
  readonly #snapshot: <Result>(read: () => Result) => Result;
  readonly #listeners = new Set<(records: readonly LogRecord[]) => void>();
  readonly #subscription: Disposable;
  #head: number;

  constructor(db: Database, writer: Writer) {
    this.epoch = db.epoch;
    this.#writer = writer;
    this.#range = createRangeReader(db);
    this.#head = readHead(db);
    this.#readOldest = createOldestReader(db);
    this.#readTrimmed = createTrimmedReader(db);
    this.#snapshot = (read) => db.sqlite.transaction(read)();
    this.#subscription = writer.onCommit((committed) => this.#announce(committed));
  }

  head(): number {
    return this.#head;
  }

  oldest(channels?: ReadonlySet<string>): number {
    // Rows that are committed and not announced yet are no reader's business.
    return Math.min(this.#readOldest(channels) ?? Number.POSITIVE_INFINITY, this.#head + 1);
  }

  trimmed(channels?: ReadonlySet<string>): number {
    return this.#readTrimmed(channels);
  }

  async append(entry: LogEntry): Promise<LogRecord> {
    const id = await this.#writer.execute({ kind: "notification.append", input: entry });
    return toRecord(this.epoch, id, entry);
  }

  async read(after: number, options: ReadOptions = {}): Promise<LogPage> {
    const { limit = PAGE, channels } = options;
    // One snapshot, so that what a trim takes away meanwhile is never missed silently.
    return this.#snapshot(() => {
      const trimmed = this.trimmed(channels);
      const lost = trimmed > after ? { through: trimmed, oldest: this.oldest(channels) } : null;
      const start = lost ? Math.max(after, lost.oldest - 1) : after;
      const end = channels ? Math.min(this.#head, start + WINDOW) : this.#head;
      const records = this.#range(start, end, limit, channels);
      const through = records.length === limit ? (records.at(-1)?.id ?? end) : end;
      return { records, through, lost };
    });
  }

  async trim(through: number, options: TrimOptions = {}): Promise<number> {
    const { count } = await this.#writer.execute({ kind: "notification.trim", input: { through, ...options } });
    return count;
  }

  onCommit(listener: (records: readonly LogRecord[]) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #announce(committed: readonly Committed[]): void {
    const records: LogRecord[] = [];
    for (const { command, result } of committed) {
      const appended = appendedBy(command, result);
      if (appended) records.push(toRecord(this.epoch, appended.id, appended.entry));
    }
    const last = records.at(-1);
    if (!last) return;
    this.#head = last.id;
    for (const listener of this.#listeners) listener(records);
  }
}

function toRecord(epoch: string, id: number, entry: LogEntry): LogRecord {
  const { channel, event, type, severity, recipients, createdAt, expiresAt, ack, tail } = entry;
  const asksAck = ack && true;
  const json = joinJson(epoch, id, tail);
  return { id, channel, event, type, severity, recipients, createdAt, expiresAt, asksAck, json };
}
