import type { Notification } from "../rules/notification.ts";
import type { Connected, Ephemeral, Gap, StreamItem } from "../rules/stream_item.ts";
import type { Filter } from "./filter.ts";
import type { Frame, Wire } from "./frame.ts";
import type { CloseReason } from "./meter.ts";
import type { Page } from "./pages.ts";
import type { Lease, ReaderHome, ReaderStart, Sink } from "./reader_home.ts";
import type { Delivery, Group } from "./round.ts";

/** Most ephemeral items that wait for a reader that is iterated. */
const MAX_EPHEMERAL = 64;

/** An item with the cursor from which a reader that was cut right after it resumes. */
export interface PositionedItem {
  readonly cursor: string;
  readonly item: StreamItem;
}

/**
 * Anyone following the hub: a cursor over the log with a filter. *Live*, it is handed what was just committed; *catching
 * up* (it resumed, or its sink was full), it reads pages as fast as they drain until it is at the head. Use it one
 * way: {@linkcode stream} writes shared bytes to a sink, {@linkcode items} yields values.
 */
export class Reader {
  readonly serial: number;
  readonly filter: Filter;
  readonly #home: ReaderHome;
  #opening: readonly (Connected | Gap)[];
  #cursor: number;
  #sink: Sink | null = null;
  #group: Group | null = null;
  #state: "new" | "live" | "catching up" | "closed" = "new";
  /** Since when the sink is full (performance.now); 0: it is not. */
  #fullSince = 0;
  #wake: (() => void) | null = null;
  #lease: Lease | null;
  readonly #endsAt: number;
  /** For `items`: came while it was live, with the head of the log at their time. */
  readonly #ephemeral: { readonly head: number; readonly item: Ephemeral }[] = [];

  constructor(home: ReaderHome, { serial, filter, cursor, connected, gap, lease, endsAt }: ReaderStart) {
    this.#home = home;
    this.serial = serial;
    this.filter = filter;
    this.#cursor = cursor;
    this.#opening = gap ? [connected, gap] : [connected];
    if (gap) home.toldGap();
    this.#lease = lease;
    this.#endsAt = endsAt;
  }

  /** It has everything up to and including this id. */
  get cursor(): number {
    return this.#cursor;
  }

  get state(): "new" | "live" | "catching up" | "closed" {
    return this.#state;
  }

  /** Whether its sink is full. */
  get isStalled(): boolean {
    return this.#fullSince > 0;
  }

  /** Bytes that wait in its sink. */
  get queuedBytes(): number {
    return this.#sink?.writableLength ?? 0;
  }

  /** Writes everything to a sink from now on. The sink's owner calls {@linkcode drained} and {@linkcode close}. */
  stream(sink: Sink, wire: Wire): void {
    this.#sink = sink;
    this.#group = this.#home.enter(this, wire);
    const text = this.#opening.map((item) => wire.format.control(item, this.#position()));
    this.#opening = [];
    this.#send(wire.bytes(wire.format.opening + text.join("")));
    this.#catchUp();
  }

  /** Yields every item with its cursor; ends when the signal aborts or the hub closes. */
  async *items(signal?: AbortSignal): AsyncGenerator<PositionedItem, void, undefined> {
    if (signal?.aborted) return this.close("client");
    const stop = () => this.close("client");
    signal?.addEventListener("abort", stop, { once: true });
    this.#group = this.#home.enter(this, null);
    this.#state = "catching up";
    try {
      for (const item of this.#opening) yield { cursor: this.#position(), item };
      this.#opening = [];
      for (let page = await this.#nextPage(); page; page = await this.#nextPage()) {
        if (page.gap) {
          this.#home.toldGap();
          this.#cursor = Math.max(this.#cursor, page.gap.oldest - 1);
          yield { cursor: page.gap.resumed, item: page.gap };
        }
        for (const { id, json } of page.records) {
          yield* this.#ephemeralBefore(id);
          this.#home.delivered(1, false);
          this.#cursor = id;
          yield { cursor: this.#position(), item: JSON.parse(json) as Notification };
        }
        yield* this.#ephemeralBefore(page.through + 1);
        this.#cursor = page.through;
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      this.close("client");
    }
  }

  /** The sink can take more. */
  drained(): void {
    this.#fullSince = 0;
    this.#wake?.();
  }

  /** Takes what was just published, while live (see fanout.ts). */
  take({ bytes, frames, first, through, ephemeral }: Delivery): void {
    if (this.#state !== "live") return;
    if (first <= through) this.#cursor = Math.max(this.#cursor, first - 1);
    if (!this.#sink) {
      this.#keepEphemeral(frames);
      this.#fallBehind();
      this.#wake?.();
    } else if (this.#fullSince > 0) {
      this.#home.dropped(ephemeral);
      this.#catchUp();
    } else {
      this.#cursor = Math.max(this.#cursor, through);
      this.#home.delivered(frames.length, false);
      if (bytes) this.#send(bytes);
      if (this.#fullSince > 0) this.#catchUp();
    }
  }

  /** Says that the stream is still there; ends it when it is over, or its sink has taken nothing for `patience` ms. */
  beat(patience: number): void {
    const now = performance.now();
    if (this.#fullSince > 0 && now - this.#fullSince > patience) this.close("stalled");
    else if (now > this.#endsAt) this.close("expired");
    else if (this.#fullSince === 0 && this.#group?.wire) this.#send(this.#group.wire.heartbeat);
  }

  /** Ends the stream. `client`: its connection is gone already. */
  close(reason: CloseReason): void {
    if (this.#state === "closed") return;
    const group = this.#group;
    const sink = this.#sink;
    if (this.#state === "live" && group) this.#home.leave(group, this);
    this.#state = "closed";
    this.#group = null;
    this.#sink = null;
    this.#lease?.release();
    this.#lease = null;
    if (group) this.#home.exit(this, group, reason);
    if ((reason === "shutdown" || reason === "expired") && group?.wire) sink?.end(group.wire.ending);
    else if (reason !== "client") sink?.destroy();
    this.#wake?.();
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #position(): string {
    return `${this.#home.epoch}-${this.#cursor}`;
  }

  #send(bytes: Uint8Array): void {
    if (this.#sink && !this.#sink.write(bytes) && this.#fullSince === 0) this.#fullSince = performance.now();
  }

  #fallBehind(): void {
    if (this.#state === "live" && this.#group) this.#home.leave(this.#group, this);
    this.#state = "catching up";
  }

  #joinLive(): void {
    if (!this.#group) return;
    this.#state = "live";
    this.#home.join(this.#group, this);
  }

  /** Waits until {@linkcode drained}, {@linkcode take} or {@linkcode close} calls. */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  /** Keeps what the log will not give again, for `items`. */
  #keepEphemeral(frames: readonly Frame[]): void {
    for (const { record, isEphemeral } of frames) {
      if (!isEphemeral) continue;
      if (this.#ephemeral.length >= MAX_EPHEMERAL) this.#home.dropped(1);
      else this.#ephemeral.push({ head: record.id, item: JSON.parse(record.json) as Ephemeral });
    }
  }

  /** For `items`: what was kept and stands before an id. */
  *#ephemeralBefore(id: number): Generator<PositionedItem, void, undefined> {
    for (let next = this.#ephemeral[0]; next && next.head < id; next = this.#ephemeral[0]) {
      this.#ephemeral.shift();
      this.#home.delivered(1, false);
      yield { cursor: this.#position(), item: next.item };
    }
  }

  /** For `items`: the next page that is not empty, waiting at the head for more; undefined when closed. */
  async #nextPage(): Promise<Page | undefined> {
    while (!this.#isClosed()) {
      const [kept] = this.#ephemeral;
      if (kept && kept.head <= this.#cursor) return { gap: null, count: 0, bytes: null, records: [], through: this.#cursor };
      if (this.#cursor >= this.#home.head()) {
        this.#joinLive();
        await this.#pause();
        continue;
      }
      const group = this.#group;
      if (!group) return undefined;
      const page = await this.#home.page(this.#cursor, this.filter, group);
      if (this.#isClosed()) return undefined;
      if (page.gap || page.count > 0) return page;
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
    while (!this.#isClosed()) {
      if (this.#fullSince > 0) {
        await this.#pause();
      } else if (this.#cursor >= this.#home.head()) {
        this.#joinLive();
        return;
      } else {
        await this.#home.turn();
        const group = this.#group;
        if (group) this.#sendPage(await this.#home.page(this.#cursor, this.filter, group));
      }
    }
  }

  #sendPage({ gap, count, bytes, through }: Page): void {
    const wire = this.#group?.wire;
    if (!wire) return;
    if (gap) {
      this.#home.toldGap();
      this.#send(wire.bytes(wire.format.control(gap, gap.resumed)));
    }
    if (bytes) this.#send(bytes);
    this.#cursor = through;
    this.#home.delivered(count, true);
  }
}
