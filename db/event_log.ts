/** A notification on its way into the log. The log gives it its id. */
export interface LogEntry {
  readonly channel: string;
  readonly event: string;
  readonly type: string;
  /** Rank, 0 (info) to 4 (critical). */
  readonly severity: number;
  /** User ids, or null: everyone who may read the channel. */
  readonly recipients: readonly string[] | null;
  readonly sender: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Replaces the earlier one of the channel with the same key. */
  readonly key?: string;
  /** Unix milliseconds; from then on it is not given to anybody. */
  readonly expiresAt?: number;
  /** Who has to acknowledge it; absent: nobody. */
  readonly ack?: "anyone" | "everyone";
  /** How it is sent again until somebody acknowledges it. */
  readonly escalate?: Escalation;
  /** Of a copy that was sent again: id of the notification to acknowledge. */
  readonly original?: number;
  /** Of a sender that is a token: its id; 0: `BELFRY_ADMIN_TOKEN`. */
  readonly tokenId?: number;
  /** The notification's JSON without its head: everything after `{"id":…,"cursor":"…",`, closing brace included. */
  readonly tail: string;
}

/** What of a notification decides who may see it. */
export type Addressed = "channel" | "type" | "severity" | "recipients";

/** How a notification is sent again until somebody acknowledges it. */
export interface Escalation {
  /** Time between two attempts, in ms. */
  readonly after: number;
  /** Channels, one after the other, the last one again and again; empty: its own. */
  readonly channels: readonly string[];
  /** JSON of who ordered it; absent: it stays in its own channel. */
  readonly orderer?: string;
}

/** A committed notification as readers get it: what filters need, and its JSON text. */
export interface LogRecord {
  readonly id: number;
  readonly channel: string;
  readonly event: string;
  readonly type: string;
  readonly severity: number;
  readonly recipients: readonly string[] | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds; absent: never. */
  readonly expiresAt?: number | undefined;
  /** Whether somebody has to acknowledge it. */
  readonly asksAck?: boolean | undefined;
  readonly json: string;
}

/** Which part of the log to read. */
export interface ReadOptions {
  /** Most records in the page. Default: 256. */
  readonly limit?: number;
  /** Only these channels; absent: all. */
  readonly channels?: ReadonlySet<string> | undefined;
}

/** What a trim took away of what was asked for. */
export interface Lost {
  /** Id of the newest record that is lost; of those before it, some may be kept. */
  readonly through: number;
  /** Id of the oldest record kept, of the channels asked for; head + 1 when none is. */
  readonly oldest: number;
}

/** A page of the log. Everything up to and including `through` is covered, also where nothing matched. */
export interface LogPage {
  readonly records: readonly LogRecord[];
  readonly through: number;
  /** What trims took away after the position asked for, of the same moment as the records; null: nothing. */
  readonly lost: Lost | null;
}

/** What to trim. */
export interface TrimOptions {
  /** Only this channel; absent: all. */
  readonly channel?: string;
  /** Most records to delete, the oldest; absent: all. */
  readonly limit?: number;
}

/**
 * The ordered, durable record of notifications.
 *
 * Ids are given by the log, strictly increase, and are never given twice. A record is readable, and announced to
 * {@linkcode EventLog.onCommit}, only once it is durable. Records are announced in order of id, each once.
 */
export interface EventLog {
  /** Names the database; part of every cursor. */
  readonly epoch: string;
  /** Id of the newest committed record, 0 when there never was one. */
  head(): number;
  /** Id of the oldest record kept, of these channels (absent: of all); head + 1 when none is. */
  oldest(channels?: ReadonlySet<string>): number;
  /** Id of the newest record that a trim deleted from these channels (absent: from any); 0: none was. */
  trimmed(channels?: ReadonlySet<string>): number;
  /** Commits one entry and answers with the record. @throws {NotFoundError} when its channel does not exist. */
  append(entry: LogEntry): Promise<LogRecord>;
  /** Reads the page that follows an id, in order. A page bounds the work, not only the number of records. */
  read(after: number, options?: ReadOptions): Promise<LogPage>;
  /** Deletes everything up to and including an id, or the oldest of it; answers with the number deleted. */
  trim(through: number, options?: TrimOptions): Promise<number>;
  /** Calls the listener after each commit with what is new. */
  onCommit(listener: (records: readonly LogRecord[]) => void): Disposable;
}

/** The JSON text of a notification: the head that only the log can know, then the entry's tail. */
export function joinJson(epoch: string, id: number, tail: string): string {
  return `{"id":${id},"cursor":"${epoch}-${id}",${tail}`;
}
