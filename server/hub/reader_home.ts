import type { EventLog } from "../../db/event_log.ts";
import type { Connected, Gap, StreamItem } from "../rules/stream_item.ts";
import type { Given } from "./deliveries.ts";
import type { Fanout } from "./fanout.ts";
import type { Filter } from "./filter.ts";
import type { Wire } from "./frame.ts";
import type { HubListeners } from "./listeners.ts";
import type { CloseReason, Meter } from "./meter.ts";
import type { Page, Pages } from "./pages.ts";
import type { Reader } from "./reader.ts";
import type { Group } from "./round.ts";
import { Turns } from "./turns.ts";
import type { UserReaders } from "./user_readers.ts";
import type { Wheel } from "./wheel.ts";

/** An item with the cursor from which a reader that was cut right after it resumes. */
export interface PositionedItem {
  readonly cursor: string;
  readonly item: StreamItem;
}

/** Where a stream's bytes go; a socket is one. */
export interface Sink {
  /** Takes the bytes; false when it is full and its owner will call {@linkcode Reader.drained}. */
  write(bytes: Uint8Array): boolean;
  /** Bytes that wait inside. */
  readonly writableLength?: number;
  end(bytes: Uint8Array): unknown;
  /** Has its owner close the reader as stalled, and it, when it has taken nothing for so many ms; 0: no longer. */
  setTimeout?(ms: number): unknown;
  destroy(): unknown;
}

/** What a reader needs of the hub. */
export interface ReaderHome {
  readonly epoch: string;
  readonly onError: (error: unknown) => void;
  /** How long a sink may take nothing, in ms. */
  readonly patience: number;
  /** How long the connection of a stream that has ended may stay, in ms. */
  readonly closing: number;
  head(): number;
  /** Resolves when the reader may read its next page. */
  turn(): Promise<void>;
  /** What follows an id, for a reader of a group. */
  page(after: number, filter: Filter, group: Group): Promise<Page>;
  /** A page with nothing in it, for a reader that has everything up to an id. */
  emptyPage(through: number): Page;
  /** Whether everything in a page may still be given. */
  isCurrent(page: Page): boolean;
  enter(reader: Reader, wire: Wire | null): Group;
  exit(reader: Reader, group: Group, reason: CloseReason): void;
  /** Leaves a group for that of another filter. */
  regroup(group: Group, filters: { readonly from: Filter; readonly to: Filter }): Group;
  /** Id up to which a live reader of a group has all that its filter matches. */
  reached(group: Group): number;
  /** Makes the reader live; answers with the number of the join. */
  join(group: Group, reader: Reader): number;
  leave(group: Group, reader: Reader): void;
  toldGap(): void;
  /** A reader of this user's was given something. */
  delivered(user: string | null, given: Given, replayed: boolean): void;
  dropped(count: number): void;
}

/** A place among the open streams, given back when the reader closes. */
export interface Lease {
  release(): void;
}

/** What a reader starts with. */
export interface ReaderStart {
  /** Number of the reader, counted from the start of the process. */
  readonly serial: number;
  readonly filter: Filter;
  /** Id after which it reads. */
  readonly cursor: number;
  readonly connected: Connected;
  /** What cannot be given of what the reader asked for. */
  readonly gap: Gap | null;
  readonly lease: Lease | null;
  /** When it is to end by itself (performance.now); Infinity: never. */
  readonly endsAt: number;
}

/** The parts of a hub that its readers come to, and its settings. */
export interface HomeParts extends HubListeners, Pick<ReaderHome, "onError" | "patience"> {
  readonly log: EventLog;
  readonly meter: Meter;
  readonly pages: Pages;
  readonly fanout: Fanout;
  readonly wheel: Wheel<Reader>;
  readonly userReaders: UserReaders;
  /** Whether the hub is closed: whoever enters then is shown out at once. */
  readonly isClosed: () => boolean;
}

/** Longest time that the connection of a stream that has ended may stay, in ms. */
const CLOSING = 5_000;

/** Makes what the readers of a hub need of it. */
export function createReaderHome(parts: HomeParts): ReaderHome {
  const { log, meter, pages, fanout, wheel, userReaders, isClosed, onError, patience, onAsked, onDelivered } = parts;
  const turns = new Turns();
  return {
    epoch: log.epoch,
    onError,
    patience,
    closing: Math.min(patience, CLOSING),
    head: () => log.head(),
    turn: () => turns.take(),
    page: (after, filter, group) => pages.after(after, filter, group),
    emptyPage: (through) => pages.empty(through),
    isCurrent: (page) => pages.isCurrent(page),
    toldGap: () => {
      meter.gaps += 1;
    },
    enter: (reader, wire) => {
      wheel.add(reader);
      userReaders.add(reader);
      meter.opened += 1;
      if (isClosed()) queueMicrotask(() => reader.close("shutdown"));
      return fanout.enter(reader.filter, wire);
    },
    exit: (reader, group, reason) => {
      wheel.remove(reader);
      userReaders.remove(reader);
      meter.closed[reason] += 1;
      fanout.exit(group, reader.filter);
    },
    regroup: (group, { from, to }) => {
      fanout.exit(group, from);
      return fanout.enter(to, group.wire);
    },
    reached: (group) => Math.min(log.head(), fanout.reached(group)),
    join: (group, reader) => fanout.join(group, reader),
    leave: (group, reader) => fanout.leave(group, reader),
    delivered: (user, { count, asking, shares }, replayed) => {
      meter.deliveries += count;
      if (replayed) meter.replayed += count;
      onDelivered?.(shares);
      if (asking.length > 0 && user !== null) onAsked?.(user, asking);
    },
    dropped: (count) => {
      meter.dropped += count;
    },
  };
}
