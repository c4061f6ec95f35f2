import { NotFoundError } from "../../db/errors.ts";
import type { EventLog, LogRecord } from "../../db/event_log.ts";
import type { Draft } from "../rules/draft.ts";
import { type EncodedDraft, encodeDraft, type Stamp } from "../rules/notification.ts";
import type { Acknowledged, Expired, ReadChange, Removed } from "../rules/stream_item.ts";
import { ClientIds } from "./client_ids.ts";
import { Fanout } from "./fanout.ts";
import { type Filter, isWanted } from "./filter.ts";
import { Frame } from "./frame.ts";
import type { HubListeners } from "./listeners.ts";
import { type HubObserver, Meter } from "./meter.ts";
import { Pages } from "./pages.ts";
import { type Seen, toPassing } from "./passing.ts";
import { Reader } from "./reader.ts";
import { createReaderHome, type Lease, type ReaderHome } from "./reader_home.ts";
import { Ring, type RingOptions } from "./ring.ts";
import { UserReaders } from "./user_readers.ts";
import { Wheel } from "./wheel.ts";

/** What a hub needs. */
export interface HubOptions extends HubListeners {
  readonly log: EventLog;
  /** Whether a channel exists; the log itself refuses only what it is to store. */
  readonly hasChannel: (name: string) => boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of faults that no caller waits for. */
  readonly onError: (error: unknown) => void;
  /** Time between heartbeats, in ms. Default: 30,000. */
  readonly heartbeat?: number;
  /** How long a reader may take nothing before it is closed, in ms. Default: 60,000. */
  readonly patience?: number;
  /** Longest life of a stream in ms, each between 80 and 100 % of it; 0: no limit. Default: 0. */
  readonly maxLife?: number;
  readonly ring?: RingOptions;
  readonly observer?: HubObserver;
}

/** How to follow the hub. */
export interface OpenOptions {
  readonly filter: Filter;
  /** Where to resume, a cursor; absent: at the head. */
  readonly after?: string | undefined;
  /** Given back when the reader closes. */
  readonly lease?: Lease;
}

/** Readers by what they are doing now. */
export interface ReaderCounts {
  readonly open: number;
  readonly live: number;
  /** Behind the head and reading on. */
  readonly catchingUp: number;
  /** Waiting for their sockets to take more. */
  readonly stalled: number;
  /** How far the last of those behind is from the head, in ids. */
  readonly maxLag: number;
  /** Bytes that wait in all sockets. */
  readonly queuedBytes: number;
}

/** Takes drafts in, hands notifications out. */
export class Hub implements Disposable {
  readonly meter = new Meter();
  readonly clientIds = new ClientIds();
  readonly #log: EventLog;
  readonly #hasChannel: (name: string) => boolean;
  readonly #now: () => number;
  readonly #ring: Ring;
  readonly #pages: Pages;
  readonly #fanout: Fanout;
  readonly #maxLife: number;
  readonly #wheel: Wheel<Reader>;
  readonly #userReaders = new UserReaders();
  readonly #home: ReaderHome;
  readonly #subscription: Disposable;
  #serial = 0;
  #closed = false;

  constructor(options: HubOptions) {
    const { log, hasChannel, now, onError, onAsked, onDelivered, ring, observer } = options;
    const { heartbeat = 30_000, patience = 60_000, maxLife = 0 } = options;
    this.#log = log;
    this.#hasChannel = hasChannel;
    this.#now = now;
    this.#maxLife = maxLife;
    this.#fanout = new Fanout({
      onWritten: (frames) => {
        const at = now();
        for (const { record } of frames) observer?.written(at - record.createdAt);
      },
      onDropped: (count) => {
        this.meter.dropped += count;
      },
    });
    this.#ring = new Ring(log.head(), ring);
    this.#pages = new Pages(log, this.#ring, now);
    this.#wheel = new Wheel(heartbeat, (reader) => reader.beat());
    this.#home = createReaderHome({
      ...{ log, meter: this.meter, pages: this.#pages, fanout: this.#fanout },
      ...{ wheel: this.#wheel, userReaders: this.#userReaders, isClosed: () => this.#closed },
      ...{ onError, patience, onAsked, onDelivered },
    });
    this.#subscription = log.onCommit((records) => this.#announce(records));
  }

  /** Id of the newest committed notification. */
  get head(): number {
    return this.#log.head();
  }

  /**
   * Commits a draft and answers with what was stored; an ephemeral one is handed to live readers and forgotten, and its
   * id is the head of the log.
   *
   * @throws {NotFoundError} when its channel does not exist, or the one client that it is for does not follow it.
   */
  publish(
    draft: Draft,
    sender: string,
    { tokenId, orderer }: Pick<Stamp, "tokenId" | "orderer"> = {},
  ): Promise<LogRecord> {
    const encoded = encodeDraft(draft, { sender, tokenId, orderer, createdAt: this.#now() });
    return draft.ephemeral ? this.#flash(encoded, draft.toClient) : this.#log.append(encoded);
  }

  /**
   * Opens a reader.
   *
   * @throws {CursorError} when `after` is no cursor.
   */
  open({ filter, after, lease }: OpenOptions): Reader {
    const serial = ++this.#serial;
    const { cursor, gap } = this.#pages.start(after);
    if (gap) this.meter.gaps += 1;
    return new Reader(this.#home, {
      serial,
      filter,
      cursor,
      gap,
      lease: lease ?? null,
      endsAt:
        this.#maxLife > 0 ? performance.now() + this.#maxLife * (0.8 + Math.random() * 0.2) : Number.POSITIVE_INFINITY,
      connected: {
        event: "connected",
        clientId: this.clientIds.of(serial),
        head: this.#log.head(),
        epoch: this.#log.epoch,
        timestamp: new Date(this.#now()).toISOString(),
      },
    });
  }

  /** The open stream of a client; undefined: there is none. */
  find(clientId: string): Reader | undefined {
    const serial = this.clientIds.serialOf(clientId);
    return serial === undefined ? undefined : this.#wheel.find(serial);
  }

  /** Tells all readers of a user something that is not in the log. */
  tell(user: string, item: ReadChange | Acknowledged): void {
    for (const reader of this.#userReaders.of(user)) reader.tell(item);
  }

  /** Tells whoever is there and could see these notifications that their time is over. */
  tellExpired(gone: readonly Seen[]): void {
    // Their time is over for good, also where the clock is put back.
    this.#pages.remove(gone.map(({ id }) => id));
    // Those that the same readers could see are told together.
    const sight = ({ channel, type, severity, recipients }: Seen) =>
      JSON.stringify([channel, type, severity, recipients]);
    const together = new Map([...Map.groupBy(gone, sight).values()].map((seen) => [seen[0] as Seen, seen]));
    const idsOf = (first: Seen) => together.get(first)?.map(({ id }) => id) ?? [];
    this.#pass([...together.keys()], (first): Expired => ({ event: "expired", ids: idsOf(first) }));
  }

  /** Tells whoever is there and could see a notification, or a copy of it, that it is acknowledged. */
  tellAcknowledged(seen: readonly Seen[], item: Acknowledged): void {
    this.#pass(seen, () => item);
  }

  /** Counts the readers by state: a walk over all of them, for statistics. */
  countReaders(): ReaderCounts {
    const head = this.#log.head();
    const counts = { live: 0, catchingUp: 0, stalled: 0, maxLag: 0, queuedBytes: 0 };
    for (const reader of this.#wheel) {
      if (reader.state === "live") counts.live += 1;
      else counts.maxLag = Math.max(counts.maxLag, head - reader.cursor);
      if (reader.outlet?.isFull) counts.stalled += 1;
      else if (reader.state !== "live") counts.catchingUp += 1;
      counts.queuedBytes += reader.outlet?.queuedBytes ?? 0;
    }
    return { open: this.#wheel.size, ...counts };
  }

  /** Counts the open streams by transport. */
  countConnections(): Record<string, number> {
    return this.#fanout.countMembers();
  }

  /** Ends every stream; their clients come back to the next server. New readers end at once. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#subscription[Symbol.dispose]();
    this.#wheel[Symbol.dispose]();
    for (const reader of [...this.#wheel]) reader.close("shutdown");
  }

  #pass(seen: readonly Seen[], itemOf: (record: Seen) => Expired | Acknowledged): void {
    const moment = { epoch: this.#log.epoch, head: this.#log.head(), createdAt: this.#now() };
    if (seen.length > 0) this.#fanout.add(toPassing(seen, itemOf, moment));
  }

  async #flash({ tail, ...entry }: EncodedDraft, toClient: string | undefined): Promise<LogRecord> {
    if (!this.#hasChannel(entry.channel)) {
      throw new NotFoundError(`Cannot publish: there is no channel "${entry.channel}"; create it first`);
    }
    const record = { ...entry, id: this.#log.head(), json: `{${tail}` };
    if (toClient === undefined) this.#fanout.add([new Frame(record, this.#log.epoch, true)]);
    else this.#follower(toClient, record).hand(record);
    this.meter.ephemeral += 1;
    return record;
  }

  /** The client that a record is for. Who publishes is not told whether it is there and follows something else. */
  #follower(clientId: string, record: LogRecord): Reader {
    const reader = this.find(clientId);
    if (reader && isWanted(reader.filter, record)) return reader;
    throw new NotFoundError(
      `Cannot publish: no client "${clientId}" is connected that follows this on channel "${record.channel}"`,
    );
  }

  #announce(records: readonly LogRecord[]): void {
    this.meter.published += records.length;
    const frames = records.map((record) => new Frame(record, this.#log.epoch));
    for (const record of records) this.#ring.push(record);
    this.#pages.forget();
    for (const { event, json } of records) {
      if (event === "removed") this.#pages.remove([(JSON.parse(json) as Removed).removed]);
    }
    this.#fanout.add(frames);
  }
}
