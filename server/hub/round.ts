import type { LogRecord } from "../../db/event_log.ts";
import { type Given, givenOf } from "./deliveries.ts";
import { type Filter, isAddressed } from "./filter.ts";
import { type Frame, joinFrames, type Wire } from "./frame.ts";

/** What a live reader is handed: the same object for all that get the same. */
export interface Delivery extends Given {
  /** Null: the reader encodes for itself. */
  readonly bytes: Buffer | null;
  readonly frames: readonly Frame[];
  /** A live reader has everything of the log before this id. */
  readonly first: number;
  /** And with this delivery, everything up to this one. */
  readonly through: number;
  /** How many of the frames are ephemeral. */
  readonly ephemeral: number;
}

/** A reader at the head of the log, as the fan-out sees it. */
export interface LiveReader {
  readonly filter: Filter;
  /** It has everything up to and including this id, and perhaps more. */
  readonly cursor: number;
  /** Which join of the fan-out's made it live, counted from 1. */
  readonly liveSince: number;
  take(delivery: Delivery): void;
}

/** Readers of one wire format whose filters are equal but for the user. */
export interface Group {
  readonly key: string;
  readonly filter: Filter;
  /** Null: its readers encode for themselves. */
  readonly wire: Wire | null;
  readonly live: Set<LiveReader>;
  readonly byUser: Map<string, Set<LiveReader>>;
  /** Matched and not handed out yet. */
  pending: Frame[];
  /** Joins of the fan-out's when the first ephemeral frame of these came; Infinity: none did. */
  flashedAt: number;
  /** Number of the turn of the fan-out's in which these are handed out. */
  turn: number;
  /** Readers, live or not, that use this group; of them, those of each user. */
  members: number;
  readonly users: Map<string, number>;
}

/** How many readers of a group, live or not, a record is addressed to. */
export function countAudience({ filter, members, users }: Group, { recipients }: LogRecord): number {
  if (!recipients || filter.seesTargeted) return members;
  return [...new Set(recipients)].reduce((sum, user) => sum + (users.get(user) ?? 0), 0);
}

/** Handing a run of frames to every live reader of a group; may take several turns of the event loop. */
export class Round {
  readonly frames: readonly Frame[];
  readonly group: Group;
  readonly #readers: Iterator<LiveReader>;
  readonly #first: number;
  readonly #last: number;
  /** For readers that nothing is addressed to in person; null: there is nothing for them. */
  readonly #shared: Delivery | null;
  /** For the others, by user and starting cursor. */
  readonly #own = new Map<string, Delivery | null>();
  readonly #hasTargeted: boolean;
  readonly #hasEphemeral: boolean;
  /** Whether one of the frames asks for acknowledgement. */
  /** Only who joined before has a right to the ephemeral frames; anyone else may have them, or what came later, already. */
  readonly #flashedAt: number;
  #missed = 0;

  constructor(group: Group) {
    this.group = group;
    this.frames = group.pending;
    group.pending = [];
    const durable = this.frames.filter(({ isEphemeral }) => !isEphemeral);
    this.#first = durable[0]?.record.id ?? Number.POSITIVE_INFINITY;
    this.#last = durable.at(-1)?.record.id ?? 0;
    const open = this.frames.filter(({ record }) => !record.recipients || group.filter.seesTargeted);
    this.#hasTargeted = open.length < this.frames.length;
    this.#hasEphemeral = durable.length < this.frames.length;
    this.#flashedAt = group.flashedAt;
    group.flashedAt = Number.POSITIVE_INFINITY;
    for (const { record, isEphemeral } of this.frames) if (isEphemeral) this.#missed += countAudience(group, record);
    this.#shared = this.#deliver(open);
    this.#readers = this.#shared ? group.live.values() : this.#addressees();
  }

  /** Serves readers until all are served (true) or the time (performance.now) is over (false). */
  run(until: number): boolean {
    for (let served = 1; ; served += 1) {
      const { value, done } = this.#readers.next();
      if (done) return true;
      this.#serve(value);
      if (served % 32 === 0 && performance.now() > until) return false;
    }
  }

  /** How many ephemeral frames readers were not handed, because they are behind; known once all are served. */
  get missed(): number {
    return Math.max(0, this.#missed);
  }

  #serve(reader: LiveReader): void {
    const isBefore = reader.cursor < this.#first;
    const wasThere = reader.liveSince <= this.#flashedAt;
    if (isBefore && wasThere && !(this.#hasTargeted && reader.filter.user !== null)) {
      if (this.#shared) this.#hand(reader, this.#shared);
    } else if (reader.cursor < this.#last || this.#hasEphemeral || isBefore) {
      const own = this.#ownOf(reader, isBefore, wasThere);
      if (own) this.#hand(reader, own);
    }
  }

  #hand(reader: LiveReader, delivery: Delivery): void {
    this.#missed -= delivery.ephemeral;
    reader.take(delivery);
  }

  /** What a reader gets that joined in the middle of the run, or that something is addressed to. */
  #ownOf({ cursor, filter }: LiveReader, isBefore: boolean, wasThere: boolean): Delivery | null {
    // A user may be called "null".
    const key = `${isBefore ? "" : cursor} ${wasThere} ${filter.user === null ? "" : `=${filter.user}`}`;
    let own = this.#own.get(key);
    if (own === undefined) {
      const isMissing = ({ record, isEphemeral }: Frame) => (isEphemeral ? wasThere : isBefore || record.id > cursor);
      own = this.#deliver(this.frames.filter((frame) => isMissing(frame) && isAddressed(filter, frame.record)));
      this.#own.set(key, own);
    }
    return own;
  }

  #deliver(frames: readonly Frame[]): Delivery | null {
    if (frames.length === 0) return null;
    const { wire } = this.group;
    const ephemeral = this.#hasEphemeral ? frames.filter(({ isEphemeral }) => isEphemeral).length : 0;
    const durable = ephemeral > 0 ? frames.filter(({ isEphemeral }) => !isEphemeral) : frames;
    const given = { ...givenOf(durable.map(({ record }) => record)), count: frames.length, ephemeral };
    return { ...given, bytes: wire && joinFrames(frames, wire), frames, first: this.#first, through: this.#last };
  }

  /** The readers that something is addressed to, each once; nobody else is visited. */
  *#addressees(): Generator<LiveReader, undefined> {
    const users = new Set(this.frames.flatMap(({ record }) => record.recipients ?? []));
    for (const user of users) {
      for (const reader of [...(this.group.byUser.get(user) ?? [])]) {
        if (this.group.live.has(reader)) yield reader;
      }
    }
  }
}
