import { type Filter, filterKey, isAddressed, matches } from "./filter.ts";
import { type Frame, joinFrames, type Wire } from "./frame.ts";

/** A reader at the head of the log, as the fan-out sees it. */
export interface LiveReader {
  readonly filter: Filter;
  /** It has everything up to and including this id. */
  readonly cursor: number;
  /** Takes what follows its cursor up to `through`; `bytes` is null when it encodes for itself. */
  take(bytes: Buffer | null, through: number, count: number): void;
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
  /** Readers, live or not, that use this group. */
  members: number;
}

/** Handing a run of frames to every live reader of a group; may take several turns of the event loop. */
class Round {
  readonly #group: Group;
  readonly #frames: readonly Frame[];
  readonly #open: readonly Frame[];
  readonly #readers: Iterator<LiveReader>;
  readonly #first: number;
  readonly #last: number;
  readonly #shared: Buffer | null;
  /** Bytes of readers that need others than the shared ones, by user and starting cursor. */
  readonly #own = new Map<string, { readonly bytes: Buffer | null; readonly count: number }>();

  constructor(group: Group) {
    this.#group = group;
    this.#frames = group.pending;
    group.pending = [];
    this.#first = this.#frames[0]?.record.id ?? 0;
    this.#last = this.#frames.at(-1)?.record.id ?? 0;
    this.#open = this.#frames.filter(({ record }) => !record.recipients || group.filter.seesTargeted);
    this.#shared = group.wire && this.#open.length > 0 ? joinFrames(this.#open, group.wire) : null;
    this.#readers = this.#open.length > 0 ? group.live.values() : this.#addressees();
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

  #serve(reader: LiveReader): void {
    if (reader.cursor >= this.#last) return;
    const { user } = reader.filter;
    const plain = this.#open.length === this.#frames.length || user === null;
    if (plain && reader.cursor < this.#first) {
      reader.take(this.#shared, this.#last, this.#open.length);
      return;
    }
    const key = `${reader.cursor < this.#first ? "" : reader.cursor} ${user}`;
    let own = this.#own.get(key);
    if (!own) {
      const frames = this.#frames.filter(
        ({ record }) => record.id > reader.cursor && isAddressed(reader.filter, record),
      );
      const bytes = this.#group.wire && frames.length > 0 ? joinFrames(frames, this.#group.wire) : null;
      own = { bytes, count: frames.length };
      this.#own.set(key, own);
    }
    if (own.count > 0) reader.take(own.bytes, this.#last, own.count);
  }

  /** The readers that something is addressed to, each once; nobody else is visited. */
  *#addressees(): Generator<LiveReader, undefined> {
    const users = new Set(this.#frames.flatMap(({ record }) => record.recipients ?? []));
    for (const user of users) {
      for (const reader of [...(this.#group.byUser.get(user) ?? [])]) {
        if (this.#group.live.has(reader)) yield reader;
      }
    }
  }
}

/** Longest turn of the event loop that fan-out takes before others have theirs, in ms. */
const SLICE = 4;

/**
 * Hands committed notifications to live readers: an index from channel to groups of readers, one write per reader and
 * round, in slices between which publishing and other requests go on. What arrives while a group is being served
 * gathers for its next round, so that a busy hub writes less often, not more.
 */
export class Fanout {
  readonly #groups = new Map<string, Group>();
  readonly #byChannel = new Map<string, Set<Group>>();
  readonly #everyChannel = new Set<Group>();
  /** Groups to serve, the one at the front first. */
  readonly #queue: Group[] = [];
  readonly #rounds = new Map<Group, Round>();
  #running = false;

  /** The group of a filter, made when it is the first of its kind. */
  enter(filter: Filter, wire: Wire | null): Group {
    const key = `${wire?.format.name ?? ""} ${wire?.ending.length ?? ""} ${filterKey(filter)}`;
    let group = this.#groups.get(key);
    if (!group) {
      group = { key, filter, wire, live: new Set(), byUser: new Map(), pending: [], members: 0 };
      this.#groups.set(key, group);
      for (const set of this.#indexes(group)) set.add(group);
    }
    group.members += 1;
    return group;
  }

  /** Gives back what {@linkcode enter} gave. */
  exit(group: Group): void {
    group.members -= 1;
    if (group.members > 0) return;
    this.#groups.delete(group.key);
    this.#everyChannel.delete(group);
    for (const channel of group.filter.channels ?? []) {
      const set = this.#byChannel.get(channel);
      set?.delete(group);
      if (set?.size === 0) this.#byChannel.delete(channel);
    }
  }

  /** Makes a reader live: it has everything committed so far and gets what follows. */
  join(group: Group, reader: LiveReader): void {
    group.live.add(reader);
    const { user } = reader.filter;
    if (user === null) return;
    const sameUser = group.byUser.get(user);
    if (sameUser) sameUser.add(reader);
    else group.byUser.set(user, new Set([reader]));
  }

  /** Ends a reader's being live. */
  leave(group: Group, reader: LiveReader): void {
    group.live.delete(reader);
    const { user } = reader.filter;
    if (user === null) return;
    const sameUser = group.byUser.get(user);
    sameUser?.delete(reader);
    if (sameUser?.size === 0) group.byUser.delete(user);
  }

  /** Hands out what one commit brought. */
  add(frames: readonly Frame[]): void {
    for (const frame of frames) {
      for (const group of this.#byChannel.get(frame.record.channel) ?? []) this.#offer(group, frame);
      for (const group of this.#everyChannel) this.#offer(group, frame);
    }
    if (!this.#running && this.#queue.length > 0) this.#run();
  }

  #offer(group: Group, frame: Frame): void {
    if (group.live.size === 0 || !matches(group.filter, frame.record)) return;
    if (group.pending.length === 0 && !this.#rounds.has(group)) this.#queue.push(group);
    group.pending.push(frame);
  }

  #run(): void {
    const until = performance.now() + SLICE;
    this.#running = true;
    for (let group = this.#queue[0]; group; group = this.#queue[0]) {
      const round = this.#rounds.get(group) ?? new Round(group);
      if (round.run(until)) {
        this.#rounds.delete(group);
        this.#queue.shift();
        if (group.pending.length > 0) this.#queue.push(group);
      } else {
        this.#rounds.set(group, round);
      }
      if (performance.now() > until) {
        setImmediate(() => this.#run());
        return;
      }
    }
    this.#running = false;
  }

  #indexes(group: Group): Set<Group>[] {
    if (!group.filter.channels) return [this.#everyChannel];
    return [...group.filter.channels].map((channel) => {
      const set = this.#byChannel.get(channel) ?? new Set();
      this.#byChannel.set(channel, set);
      return set;
    });
  }
}
