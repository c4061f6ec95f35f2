import { type Filter, filterKey, matches } from "./filter.ts";
import type { Frame, Wire } from "./frame.ts";
import { countAudience, type Group, type LiveReader, Round } from "./round.ts";

/** What the fan-out tells. */
export interface FanoutEvents {
  /** Live readers of a group were handed these frames. */
  readonly onWritten: (frames: readonly Frame[]) => void;
  /** So many times a reader did not get an ephemeral frame, because it is behind. */
  readonly onDropped: (count: number) => void;
}

/** Longest turn of the event loop that fan-out takes before others have theirs, in ms. */
const SLICE = 4;

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
  /** Groups to serve, the one at the front first. */
  readonly #queue: Group[] = [];
  readonly #rounds = new Map<Group, Round>();
  #running = false;

  constructor(events: FanoutEvents) {
    this.#events = events;
  }

  /** The group of a filter, made when it is the first of its kind. */
  enter(filter: Filter, wire: Wire | null): Group {
    const key = `${wire?.format.name ?? ""} ${wire?.ending.length ?? ""} ${filterKey(filter)}`;
    let group = this.#groups.get(key);
    if (!group) {
      group = { key, filter, wire, live: new Set(), byUser: new Map(), pending: [], members: 0, users: new Map() };
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
    for (const frame of frames) {
      for (const group of this.#byChannel.get(frame.record.channel) ?? []) this.#offer(group, frame);
      for (const group of this.#everyChannel) this.#offer(group, frame);
    }
    if (!this.#running && this.#queue.length > 0) this.#run();
  }

  #offer(group: Group, frame: Frame): void {
    if (!matches(group.filter, frame.record)) return;
    if (group.live.size === 0) {
      if (frame.isEphemeral) this.#events.onDropped(countAudience(group, frame.record));
      return;
    }
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
        this.#events.onWritten(round.frames);
        this.#events.onDropped(round.missed);
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
