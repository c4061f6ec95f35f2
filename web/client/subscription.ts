import type { TRPCClientError } from "@trpc/client";
import type { inferRouterInputs } from "@trpc/server";
import { backoff } from "./backoff.ts";
import { page } from "./environment.ts";
import { ExpiryClock } from "./expiry_clock.ts";
import {
  type Acknowledged,
  type AppRouter,
  type Connected,
  type Ended,
  type Ephemeral,
  type Expired,
  type Gap,
  isEphemeral,
  isNotification,
  isRemoved,
  type Notification,
  type ReadChange,
  type Removed,
  type StreamItem,
} from "./items.ts";

/** What to follow; `lastEventId` is the cursor to resume from. */
export type SubscribeInput = Extract<inferRouterInputs<AppRouter>["notifications"]["subscribe"], object>;

/** `offline`: the connection broke and is tried again; `closed`: it ended for good. */
export type ConnectionState = "connecting" | "live" | "offline" | "closed";

/** What a follower is told. */
export interface SubscriptionHandlers {
  readonly onNotification: (notification: Notification) => void;
  /** A notification that is not stored; a reader that is away never gets it. */
  readonly onEphemeral?: (notification: Ephemeral) => void;
  /** A notification was removed: take it off the screen. */
  readonly onRemoved?: (removed: Removed) => void;
  /** The time of notifications is over: take them off the screen. */
  readonly onExpired?: (expired: Expired) => void;
  /** The user has read, or marked as unread, something on another screen. */
  readonly onRead?: (change: ReadChange) => void;
  /** A notification was acknowledged: it may ask for that no more. */
  readonly onAcknowledged?: (acknowledged: Acknowledged) => void;
  /** Something between the cursor and what follows cannot be given any more. */
  readonly onGap?: (gap: Gap) => void;
  /** A connection stands; also called after each reconnection. */
  readonly onConnected?: (connected: Connected) => void;
  readonly onState?: (state: ConnectionState) => void;
  /** The hub ended the stream, because the credential ran out or was taken away; a new one is asked for and tried. */
  readonly onEnded?: (ended: Ended) => void;
  /** The hub refused for good: no valid credential, no such channel, a wrong input. */
  readonly onError?: (error: TRPCClientError<AppRouter>) => void;
}

/** A running subscription. */
export interface Subscription extends Disposable {
  /** Cursor of the last item received: hand it in as `lastEventId` to go on from here another time. */
  readonly cursor: string | undefined;
  readonly state: ConnectionState;
  close(): void;
}

/** One connection, as tRPC's client makes it. */
export interface Connection {
  readonly onData: (envelope: { readonly id: string; readonly data: StreamItem }) => void;
  readonly onError: (error: TRPCClientError<AppRouter>) => void;
  readonly onComplete: () => void;
  readonly onConnectionStateChange: (change: { readonly state: string; readonly error?: unknown }) => void;
}

/** Opens one connection. */
export type Connect = (input: SubscribeInput, connection: Connection) => { unsubscribe(): void };

/** Who follows, and who holds the subscription until it is closed. */
export interface SubscriptionOptions {
  readonly handlers: SubscriptionHandlers;
  readonly onClosed: (subscription: Subscription) => void;
}

/** Refusals that another attempt cannot change. */
const FINAL = new Set(["UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "BAD_REQUEST", "METHOD_NOT_SUPPORTED"]);
/** How long a connection may take to stand, in ms; a frozen server accepts and then says nothing. */
const CONNECT_TIMEOUT = 15_000;
/** A stream that the hub ends before this age, in ms, and then another: the hub and the credential do not agree. */
const YOUNG = 10_000;

/**
 * Follows the hub across broken connections, restarts, frozen servers and proxies that answer for it. Every attempt
 * resumes at the cursor, so nothing is lost and nothing comes twice.
 */
export class ResumingSubscription implements Subscription {
  readonly #connect: Connect;
  readonly #input: SubscribeInput;
  readonly #handlers: SubscriptionHandlers;
  readonly #onClosed: (subscription: Subscription) => void;
  readonly #retryNow = () => this.#retry(0);
  #cursor: string | undefined;
  #state: ConnectionState = "connecting";
  #attempt = 0;
  #openedAt = 0;
  /** Streams in a row that the hub ended while they were young. */
  #endedYoung = 0;
  #current: { unsubscribe(): void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The hub tells whoever is there; who was away finds out by itself. */
  readonly #expiry: ExpiryClock;

  constructor(connect: Connect, input: SubscribeInput, options: SubscriptionOptions) {
    const { handlers, onClosed } = options;
    this.#connect = connect;
    this.#input = input;
    this.#handlers = handlers;
    this.#expiry = new ExpiryClock((ids) => handlers.onExpired?.({ event: "expired", ids }));
    this.#onClosed = onClosed;
    this.#cursor = input.lastEventId ?? undefined;
    handlers.onState?.("connecting");
    page.addEventListener?.("online", this.#retryNow);
    this.#open();
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  close(): void {
    this.#drop();
    this.#expiry.close();
    page.removeEventListener?.("online", this.#retryNow);
    this.#onClosed(this);
    this.#setState("closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): void {
    let isCurrent = true;
    this.#openedAt = performance.now();
    const guard =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (isCurrent) handle(...args);
      };
    const lose = guard(() => this.#lose());
    this.#timer = setTimeout(lose, CONNECT_TIMEOUT);
    const connection = this.#connect(
      { ...this.#input, lastEventId: this.#cursor },
      {
        onData: guard(({ id, data }) => this.#receive(id, data)),
        onError: guard((error) => (FINAL.has(error.data?.code ?? "") ? this.#refused(error) : this.#lose())),
        onComplete: lose,
        onConnectionStateChange: guard(({ state, error }) => {
          if (state === "connecting" && (error || this.#state === "live")) this.#lose();
        }),
      },
    );
    this.#current = {
      unsubscribe: () => {
        isCurrent = false;
        connection.unsubscribe();
      },
    };
  }

  #receive(cursor: string, item: StreamItem): void {
    this.#cursor = cursor;
    this.#attempt = 0;
    clearTimeout(this.#timer);
    this.#setState("live");
    if (isNotification(item)) {
      this.#expiry.watch(item);
      this.#handlers.onNotification(item);
    } else if (isEphemeral(item)) this.#handlers.onEphemeral?.(item);
    else if (isRemoved(item)) this.#handlers.onRemoved?.(item);
    else this.#receiveControl(item);
  }

  #receiveControl(item: Exclude<StreamItem, Notification | Ephemeral | Removed>): void {
    if (item.event === "gap") this.#handlers.onGap?.(item);
    else if (item.event === "ended") this.#renew(item);
    else if (item.event === "expired") this.#handlers.onExpired?.(item);
    else if (item.event === "read") this.#handlers.onRead?.(item);
    else if (item.event === "acknowledged") this.#handlers.onAcknowledged?.(item);
    else this.#handlers.onConnected?.(item);
  }

  /** Comes back at once, with a new credential where there is one; without it the hub refuses for good. */
  #renew(ended: Ended): void {
    this.#drop();
    this.#endedYoung = performance.now() - this.#openedAt < YOUNG ? this.#endedYoung + 1 : 0;
    this.#setState("connecting");
    this.#handlers.onEnded?.(ended);
    // A handler may have closed the subscription.
    if (this.#state !== "connecting") return;
    this.#timer = setTimeout(() => this.#open(), this.#endedYoung > 1 ? backoff(this.#endedYoung) : 0);
  }

  #lose(): void {
    this.#setState("offline");
    this.#retry(backoff(this.#attempt));
    this.#attempt += 1;
  }

  #retry(delay: number): void {
    if (this.#state !== "offline") return;
    this.#drop();
    this.#timer = setTimeout(() => this.#open(), delay);
  }

  #refused(error: TRPCClientError<AppRouter>): void {
    this.close();
    this.#handlers.onError?.(error);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#current?.unsubscribe();
    this.#current = undefined;
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#handlers.onState?.(state);
  }
}
