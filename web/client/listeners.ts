import type { TRPCClientError } from "@trpc/client";
import { page } from "./environment.ts";
import type { AppRouter, Ephemeral, Gap, Notification } from "./items.ts";
import type { SubscribeInput, Subscription, SubscriptionHandlers } from "./subscription.ts";

/** What the listener to a type may also be told. */
export interface ListenOptions {
  /** Something between what came and what comes cannot be given any more. */
  readonly onGap?: (gap: Gap) => void;
  /** The hub refused for good: nothing comes any more. */
  readonly onError?: (error: TRPCClientError<AppRouter>) => void;
}

/** A listener at work, until it is disposed. */
export interface Listening extends Disposable {
  /**
   * Fulfilled once the stream stands: what is published from then on comes. Rejected when the hub refuses, or the stream
   * is closed before.
   */
  readonly ready: Promise<void>;
}

type Item = Notification | Ephemeral;

interface Listener extends ListenOptions {
  readonly type: string;
  readonly take: (item: Item) => void;
}

/** Most types that a stream can be asked for. */
const MAX_TYPES = 200;

/** Listeners to types, who share one subscription: it begins with the first and ends with the last. */
export class Listeners {
  readonly #subscribe: (input: SubscribeInput, handlers: SubscriptionHandlers) => Subscription;
  readonly #versions: ReadonlyMap<string, number | undefined>;
  readonly #listeners = new Set<Listener>();
  #subscription: Subscription | undefined;
  #ready: Promise<void> = Promise.resolve();

  /** @param versions types by name, with the one version that is wanted; empty: all types */
  constructor(
    subscribe: (input: SubscribeInput, handlers: SubscriptionHandlers) => Subscription,
    versions: ReadonlyMap<string, number | undefined>,
  ) {
    this.#subscribe = subscribe;
    this.#versions = versions;
  }

  /** Hands everything of a type to `take`, from now on. */
  add(type: string, take: (item: Item) => void, options: ListenOptions): Listening {
    const listener = { ...options, type, take };
    this.#listeners.add(listener);
    if (!this.#subscription || this.#subscription.state === "closed") this.#subscription = this.#open();
    return { ready: this.#ready, [Symbol.dispose]: () => this.#remove(listener) };
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#subscription?.close();
    this.#subscription = undefined;
  }

  #open(): Subscription {
    const names = [...this.#versions.keys()];
    const isFew = names.length > 0 && names.length <= MAX_TYPES;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Nobody needs to wait for it.
    promise.catch(() => undefined);
    this.#ready = promise;
    return this.#subscribe(isFew ? { types: names } : {}, {
      onNotification: (item) => this.#hand(item),
      onEphemeral: (item) => this.#hand(item),
      onGap: (gap) => this.#tell(({ onGap }) => onGap?.(gap)),
      onConnected: () => resolve(),
      onError: (error) => {
        reject(error);
        this.#tell(({ onError }) => onError?.(error));
      },
      onState: (state) => {
        // After the refusal, which says more.
        if (state === "closed") queueMicrotask(() => reject(new Error("Cannot listen: the stream was closed")));
      },
    });
  }

  #hand(item: Item): void {
    const version = this.#versions.get(item.type);
    if (version !== undefined && item.typeVersion !== version) return;
    this.#tell(({ type, take }) => type === item.type && take(item));
  }

  /** Each listener is told; as with events of a page, a fault of one is reported and stops nothing. */
  #tell(tell: (listener: Listener) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        tell(listener);
      } catch (error) {
        report(error);
      }
    }
  }
}

function report(error: unknown): void {
  if (page.reportError) page.reportError(error);
  else {
    queueMicrotask(() => {
      throw error;
    });
  }
}
