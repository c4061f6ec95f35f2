import { Fifo } from "./fifo.ts";
import { type Filter, filterKey, matches } from "./filter.ts";
import type { Frame, Wire } from "./frame.ts";
import { countAudience, type Group, type LiveReader, Round } from "./round.ts";

/** What the fan-out tells. */
export interface FanoutEvents {
  /** All live readers were handed these frames; each frame comes once, unless nobody's filter matches it. */
  readonly onWritten: (frames: readonly Frame[]) => void;
  /** So many times a reader did not get an ephemeral frame, because it is behind. */
  readonly onDropped: (count: number) => void;
}

/** What one commit brought, on its way to the groups. */
interface Offer {
  readonly frames: readonly Frame[];
  readonly steps: Iterator<void>;
}

/** Longest turn of the event loop that fan-out takes before others have theirs, in ms. */
const SLICE = 4;
/** Groups that are looked at before the clock is. */
const OFFERS = 256;

/**
 * Hands committed notifications to live readers: an index from channel to groups of readers, one write per reader and
 * round, in slices between which publishing and other requests go on. What arrives while a group is being served
 * gathers for its next round, so that a busy hub writes less often, not more.
 */
export class Fanout {
  readonly #events: FanoutEvents;
  readonly #groups = new Map<string, Group>();
  readonly #byChannel = new Map<string, Set<Group>>();
  readonly #everyChannel = new Set<Group>();
  /** Commits of which not every group has been offered its frames yet. */
  readonly #offers = new Fifo<Offer>();
  /** Groups with pending frames, each once. */
  readonly #queue = new Fifo<Group>();
  /** The round that goes on. */
  #round: Round | null = null;
  #running = false;
  #joins = 0;
  /** Groups that were ever queued; of them, those that were served. */
  #queued = 0;
  #served = 0;
  /** Frames that every group was offered, by the number of the last group that is still to be served with them. */
  readonly #awaiting = new Map<number, Frame[]>();

  constructor(events: FanoutEvents) {
    this.#events = events;
  }

  /** The group of a filter, made when it is the first of its kind. */
  enter(filter: Filter, wire: Wire | null): Group {
    const key = `${wire?.format.name ?? ""} ${wire?.ending.length ?? ""} ${filterKey(filter)}`;
    let group = this.#groups.get(key);
    if (!group) {
      group = {
        key,
        filter,
        wire,
        live: new Set(),
        byUser: new Map(),
        pending: [],
        flashedAt: Number.POSITIVE_INFINITY,
        turn: 0,
        members: 0,
        users: new Map(),
      };
      this.#groups.set(key, group);
      for (const set of this.#indexes(group)) set.add(group);
    }
    group.members += 1;
    if (filter.user !== null) group.users.set(filter.user, (group.users.get(filter.user) ?? 0) + 1);
    return group;
  }

  /** Gives back what {@linkcode enter} gave to the reader of this filter. */
  exit(group: Group, { user }: Filter): void {
    group.members -= 1;
    const others = user === null ? 0 : (group.users.get(user) ?? 0) - 1;
    if (user !== null && others > 0) group.users.set(user, others);
    else if (user !== null) group.users.delete(user);
    if (group.members > 0) return;
    this.#groups.delete(group.key);
    this.#everyChannel.delete(group);
    for (const channel of group.filter.channels ?? []) {
      const set = this.#byChannel.get(channel);
      set?.delete(group);
      if (set?.size === 0) this.#byChannel.delete(channel);
    }
  }

  /** Makes a reader live: it has everything committed so far and gets what follows. Answers with the number of the join. */
  join(group: Group, reader: LiveReader): number {
    group.live.add(reader);
    const { user } = reader.filter;
    const sameUser = user === null ? undefined : group.byUser.get(user);
    if (sameUser) sameUser.add(reader);
    else if (user !== null) group.byUser.set(user, new Set([reader]));
    this.#joins += 1;
    return this.#joins;
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

  /** Id up to which a group's live readers have all that matches, or more; Infinity: nothing is on its way to them. */
  reached(group: Group): number {
    const round = this.#round?.group === group ? this.#round.frames[0] : undefined;
    const next = round ?? group.pending[0] ?? this.#offers.first?.frames[0];
    if (!next) return Number.POSITIVE_INFINITY;
    return next.isEphemeral ? next.record.id : next.record.id - 1;
  }

  /** Readers by wire format; `other`: those that encode for themselves. */
  countMembers(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { wire, members } of this.#groups.values()) {
      const name = wire?.format.name ?? "other";
      counts[name] = (counts[name] ?? 0) + members;
    }
    return counts;
  }

  /** Hands out what one commit brought. */
  add(frames: readonly Frame[]): void {
    this.#offers.add({ frames, steps: this.#offer(frames, this.#joins) });
    if (!this.#running) this.#run();
  }

  /** Gives the groups what matches; `joins` is how many there were when it came. Yields where it may be left for a while. */
  *#offer(frames: readonly Frame[], joins: number): Generator<void, void> {
    let offers = 0;
    for (const frame of frames) {
      let turn = 0;
      for (const groups of [this.#byChannel.get(frame.record.channel), this.#everyChannel]) {
        for (const group of groups ?? []) {
          if (matches(group.filter, frame.record)) turn = Math.max(turn, this.#put(group, frame, joins));
          offers += 1;
          if (offers % OFFERS === 0) yield;
        }
      }
      this.#await(frame, turn);
    }
  }

  /** Answers with the number of the turn in which the group is served; 0: it has no live reader. */
  #put(group: Group, frame: Frame, joins: number): number {
    if (group.live.size === 0) {
      if (frame.isEphemeral) this.#events.onDropped(countAudience(group, frame.record));
      return 0;
    }
    if (group.pending.length === 0) {
      this.#queued += 1;
      group.turn = this.#queued;
      this.#queue.add(group);
    }
    if (frame.isEphemeral) group.flashedAt = Math.min(group.flashedAt, joins);
    group.pending.push(frame);
    return group.turn;
  }

  /** Tells of a frame once the group of this turn is served. */
  #await(frame: Frame, turn: number): void {
    if (turn === 0) return;
    const frames = this.#awaiting.get(turn);
    if (frames) frames.push(frame);
    else this.#awaiting.set(turn, [frame]);
  }

  #run(): void {
    const start = performance.now();
    this.#running = true;
    // Nobody is served in the middle of a commit: each reader gets it in one write. Between two, readers have their share.
    const isWhole = this.#offerUntil(start + SLICE / 2);
    if (isWhole && this.#serveUntil(start + SLICE) && this.#offers.size === 0) this.#running = false;
    else setImmediate(() => this.#run());
  }

  /** Whether it stopped between two commits. */
  #offerUntil(until: number): boolean {
    for (let offer = this.#offers.first; offer; offer = this.#offers.first) {
      while (!offer.steps.next().done) if (performance.now() > until) return false;
      this.#offers.take();
      if (performance.now() > until) return true;
    }
    return true;
  }

  /** Whether every group is served. */
  #serveUntil(until: number): boolean {
    for (;;) {
      if (!this.#round) {
        const group = this.#queue.take();
        if (!group) return true;
        this.#round = new Round(group);
      }
      if (this.#round.run(until)) this.#finish(this.#round);
      if (performance.now() > until) return false;
    }
  }

  #finish(round: Round): void {
    this.#round = null;
    this.#served += 1;
    this.#events.onDropped(round.missed);
    const frames = this.#awaiting.get(this.#served);
    this.#awaiting.delete(this.#served);
    if (frames) this.#events.onWritten(frames);
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
