import type { LogRecord } from "../../db/event_log.ts";
import type { Notification } from "../rules/notification.ts";
import type { Acknowledged, Connected, Ended, Ephemeral, Gap, ReadChange } from "../rules/stream_item.ts";
import { givenOf, ONE } from "./deliveries.ts";
import { EphemeralQueue, type Passing } from "./ephemeral_queue.ts";
import { type Filter, isSameFilter } from "./filter.ts";
import type { Wire } from "./frame.ts";
import { GapMemory } from "./gap_memory.ts";
import type { CloseReason } from "./meter.ts";
import { Outlet } from "./outlet.ts";
import type { Page } from "./pages.ts";
import type { Lease, PositionedItem, ReaderHome, ReaderStart, Sink } from "./reader_home.ts";
import type { Delivery, Group } from "./round.ts";

/**
 * Anyone following the hub: a cursor over the log with a filter. *Live*, it is handed what was just committed; *catching
 * up* (it resumed, or its sink was full), it reads pages as fast as they drain until it is at the head. Use it one
 * way: {@linkcode stream} writes shared bytes to a sink, {@linkcode items} yields values.
 */
export class Reader {
  readonly serial: number;
  readonly #home: ReaderHome;
  #filter: Filter;
  #opening: readonly (Connected | Gap)[];
  #cursor: number;
  #outlet: Outlet | null = null;
  #group: Group | null = null;
  #state: "new" | "live" | "catching up" | "closed" = "new";
  #liveSince = 0;
  #wake: (() => void) | null = null;
  readonly #lease: Lease | null;
  readonly #gaps: GapMemory;
  #ended: Ended | null = null;
  readonly #endsAt: number;
  /** For `items`: came while it was live. */
  #ephemeral: EphemeralQueue | null = null;

  constructor(home: ReaderHome, { serial, filter, cursor, connected, gap, lease, endsAt }: ReaderStart) {
    this.#home = home;
    this.#gaps = new GapMemory(() => home.toldGap());
    this.serial = serial;
    this.#filter = filter;
    this.#cursor = cursor;
    this.#opening = gap ? [connected, gap] : [connected];
    this.#lease = lease;
    this.#endsAt = endsAt;
  }

  get filter(): Filter {
    return this.#filter;
  }

  /** It has everything up to and including this id. */
  get cursor(): number {
    return this.#cursor;
  }

  get liveSince(): number {
    return this.#liveSince;
  }

  get state(): "new" | "live" | "catching up" | "closed" {
    return this.#state;
  }

  /** Null: it is iterated, or not open. */
  get outlet(): Outlet | null {
    return this.#outlet;
  }

  /** Writes everything to a sink from now on. The sink's owner calls {@linkcode drained} and {@linkcode close}. */
  stream(sink: Sink, wire: Wire): void {
    // Its rights may have been taken while it was being opened.
    if (this.#isClosed()) return void sink.destroy();
    this.#outlet = new Outlet(sink, wire, this.#home.patience);
    this.#group = this.#home.enter(this, wire);
    this.#outlet.open(this.#opening, this.#position());
    this.#opening = [];
    this.#catchUp();
  }

  /** Yields every item with its cursor; ends when the signal aborts or the hub closes. */
  async *items(signal?: AbortSignal): AsyncGenerator<PositionedItem, void, undefined> {
    if (this.#ended) yield { cursor: this.#position(), item: this.#ended };
    if (signal?.aborted || this.#isClosed()) return this.close("client");
    const stop = () => this.close("client");
    signal?.addEventListener("abort", stop, { once: true });
    this.#group = this.#home.enter(this, null);
    this.#ephemeral = new EphemeralQueue();
    this.#state = "catching up";
    try {
      for (const item of this.#opening) yield { cursor: this.#position(), item };
      this.#opening = [];
      for (let next = await this.#nextPage(); next; next = await this.#nextPage()) {
        const { page, group } = next;
        // It is stale once the reader's rights have changed, or something in it was removed or has expired.
        const isStale = () => group !== this.#group || !this.#home.isCurrent(page);
        const gap = isStale() ? null : this.#gaps.take(page);
        if (gap) {
          this.#cursor = page.start;
          yield { cursor: gap.resumed, item: gap };
        }
        for (const record of page.records) {
          yield* this.#ephemeralBefore(record.id);
          if (isStale()) break;
          this.#home.delivered(this.#filter.user, givenOf([record]), false);
          this.#cursor = record.id;
          yield { cursor: this.#position(), item: JSON.parse(record.json) as Notification };
        }
        if (isStale()) continue;
        yield* this.#ephemeralBefore(page.through + 1);
        this.#cursor = page.through;
      }
      if (this.#ended) yield { cursor: this.#position(), item: this.#ended as Ended };
    } finally {
      signal?.removeEventListener("abort", stop);
      this.close("client");
    }
  }

  /** The sink can take more. */
  drained(): void {
    if (this.#outlet?.drained()) this.tell({ event: "read", read: null });
    this.#wake?.();
  }

  /** Tells what is not in the log; where its sink is full, it is told later that it missed something. */
  tell(item: ReadChange | Acknowledged): void {
    if (this.#outlet) this.#outlet.sayOrMiss(item, this.#position());
    else this.#keep(item);
  }

  /** Takes what is for it alone and not in the log; loses it where it is behind. */
  hand(record: LogRecord): void {
    const outlet = this.#outlet;
    const isTaken = outlet ? outlet.pass(record, this.#position()) : this.#keep(JSON.parse(record.json) as Ephemeral);
    if (!isTaken) this.#home.dropped(1);
    else if (outlet) this.#home.delivered(null, ONE, false);
  }

  /** Takes what was just published, while live (see fanout.ts). */
  take(delivery: Delivery): void {
    const { bytes, frames, first, through, ephemeral } = delivery;
    if (this.#state !== "live") return;
    if (first <= through) this.#cursor = Math.max(this.#cursor, first - 1);
    if (!this.#outlet) {
      this.#home.dropped(this.#ephemeral?.keep(frames) ?? 0);
      this.#fallBehind();
      this.#wake?.();
    } else if (this.#outlet?.isFull) {
      this.#home.dropped(ephemeral);
      this.#catchUp();
    } else {
      this.#cursor = Math.max(this.#cursor, through);
      this.#home.delivered(this.#filter.user, delivery, false);
      if (bytes) this.#outlet?.write(bytes);
      if (this.#outlet?.isFull) this.#catchUp();
    }
  }

  /** Says that the stream is still there; ends it when it is over. */
  beat(): void {
    if (performance.now() > this.#endsAt) this.close("life");
    else this.#outlet?.beat();
  }

  /** Says why, then ends the stream: its client must not come back with the same credential. */
  end(reason: Ended["reason"]): void {
    if (this.#isClosed()) return;
    this.#ended = { event: "ended", reason };
    this.#outlet?.say(this.#ended, this.#position());
    this.close(reason);
  }

  /** Follows something else from here on, because its rights or its user's preferences have changed. */
  refilter(filter: Filter): void {
    const group = this.#group;
    if (!group || isSameFilter(filter, this.#filter)) {
      this.#filter = filter;
      return;
    }
    const wasLive = this.#state === "live";
    // What it was not to have is over: where it sees more from now on, it is not given that afterwards.
    if (wasLive) this.#cursor = Math.max(this.#cursor, this.#home.reached(group));
    this.#fallBehind();
    this.#group = this.#home.regroup(group, { from: this.#filter, to: filter });
    this.#filter = filter;
    if (!wasLive) return;
    if (this.#outlet) this.#catchUp();
    else this.#wake?.();
  }

  /** Ends the stream. `client`: its connection is gone already. */
  close(reason: CloseReason): void {
    if (this.#state === "closed") return;
    const group = this.#group;
    const outlet = this.#outlet;
    if (this.#state === "live" && group) this.#home.leave(group, this);
    this.#state = "closed";
    this.#group = null;
    this.#outlet = null;
    this.#lease?.release();
    if (group) this.#home.exit(this, group, reason);
    if (outlet?.isFull || reason === "stalled" || reason === "failed") outlet?.destroy();
    else if (reason !== "client") outlet?.end(this.#home.closing);
    this.#wake?.();
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #position(): string {
    return `${this.#home.epoch}-${this.#cursor}`;
  }

  #fallBehind(): void {
    if (this.#state === "live" && this.#group) this.#home.leave(this.#group, this);
    this.#state = "catching up";
  }

  #joinLive(group: Group): void {
    this.#state = "live";
    this.#liveSince = this.#home.join(group, this);
  }

  /** Waits until {@linkcode drained}, {@linkcode take} or {@linkcode close} calls. */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = null;
  }

  /** For `items`: keeps what is not in the log; false where there is no room. */
  #keep(item: Passing): boolean {
    const isKept = this.#ephemeral?.keepItem(item, this.#cursor) ?? false;
    this.#fallBehind();
    this.#wake?.();
    return isKept;
  }

  /** For `items`: what was kept and stands before an id. */
  *#ephemeralBefore(id: number): Generator<PositionedItem, void, undefined> {
    while (!this.#isClosed()) {
      const item = this.#ephemeral?.takeBefore(id);
      if (!item) return;
      this.#home.delivered(null, ONE, false);
      yield { cursor: this.#position(), item };
    }
  }

  /** For `items`: the next page that is not empty, waiting at the head for more; undefined when closed. */
  async #nextPage(): Promise<{ readonly page: Page; readonly group: Group } | undefined> {
    for (let group = this.#group; group; group = this.#group) {
      if (this.#ephemeral?.hasBefore(this.#cursor + 1)) return { page: this.#home.emptyPage(this.#cursor), group };
      if (this.#cursor >= this.#home.head()) {
        this.#joinLive(group);
        await this.#pause();
        continue;
      }
      const page = await this.#home.page(this.#cursor, this.#filter, group);
      // It may have been closed, or follow something else by now.
      if (group !== this.#group) continue;
      if (page.count > 0 || this.#gaps.isNews(page)) return { page, group };
      this.#cursor = page.through;
    }
    return undefined;
  }

  /** For `stream`: reads pages as fast as the sink drains, until it is at the head. */
  #catchUp(): void {
    this.#fallBehind();
    this.#readOn().catch((error: unknown) => {
      this.#home.onError(error);
      this.close("failed");
    });
  }

  async #readOn(): Promise<void> {
    for (let group = this.#group; group; group = this.#group) {
      if (this.#outlet?.isFull) await this.#pause();
      else if (this.#cursor >= this.#home.head()) return this.#joinLive(group);
      else {
        await this.#home.turn();
        if (group !== this.#group) continue;
        this.#sendPage(await this.#home.page(this.#cursor, this.#filter, group), group);
      }
    }
  }

  #sendPage(page: Page, group: Group): void {
    // It may have been closed, or follow something else by now.
    if (group !== this.#group) return;
    const gap = this.#gaps.take(page);
    if (gap) this.#outlet?.say(gap, gap.resumed);
    if (page.bytes) this.#outlet?.write(page.bytes);
    this.#cursor = page.through;
    this.#home.delivered(this.#filter.user, page, true);
  }
}
