import type { Connected, Gap, StreamItem } from "../rules/stream_item.ts";
import type { Given } from "./deliveries.ts";
import type { Filter } from "./filter.ts";
import type { Wire } from "./frame.ts";
import type { CloseReason } from "./meter.ts";
import type { Page } from "./pages.ts";
import type { Reader } from "./reader.ts";
import type { Group } from "./round.ts";

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
