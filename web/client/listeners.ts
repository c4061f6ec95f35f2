import type { TRPCClientError } from "@trpc/client";
import type { AppRouter, Ephemeral, Gap, Notification } from "./items.ts";
import type { SubscribeInput, Subscription, SubscriptionHandlers } from "./subscription.ts";

/** What the listener to a type may also be told. */
export interface ListenOptions {
  /** Something between what came and what comes cannot be given any more. */
  readonly onGap?: (gap: Gap) => void;
  /** The hub refused for good: nothing comes any more. */
  readonly onError?: (error: TRPCClientError<AppRouter>) => void;
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

  /** @param versions types by name, with the one version that is wanted; empty: all types */
  constructor(
    subscribe: (input: SubscribeInput, handlers: SubscriptionHandlers) => Subscription,
    versions: ReadonlyMap<string, number | undefined>,
  ) {
    this.#subscribe = subscribe;
    this.#versions = versions;
  }

  /** Hands everything of a type to `take`, from now on. */
  add(type: string, take: (item: Item) => void, options: ListenOptions): Disposable {
    const listener = { ...options, type, take };
    this.#listeners.add(listener);
    if (!this.#subscription || this.#subscription.state === "closed") this.#subscription = this.#open();
    return { [Symbol.dispose]: () => this.#remove(listener) };
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
    return this.#subscribe(isFew ? { types: names } : {}, {
      onNotification: (item) => this.#hand(item),
      onEphemeral: (item) => this.#hand(item),
      onGap: (gap) => this.#tell(({ onGap }) => onGap?.(gap)),
      onError: (error) => this.#tell(({ onError }) => onError?.(error)),
    });
  }

  #hand(item: Item): void {
    const version = this.#versions.get(item.type);
    if (version !== undefined && item.typeVersion !== version) return;
    this.#tell(({ type, take }) => type === item.type && take(item));
  }

  /** Each listener is told, also when one before it throws; the first fault is thrown on. */
  #tell(tell: (listener: Listener) => void): void {
    const faults: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        tell(listener);
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
