import { TRPCClientError } from "@trpc/client";
import { type AcknowledgementCalls, createAcknowledgementCalls } from "./acknowledgements.ts";
import { type ClientOptions, createClient } from "./client.ts";
import type { AnyEvents, DefinedEvents, DraftOf, EventOf, Registration } from "./events.ts";
import { createHistoryCalls, type HistoryCalls } from "./history.ts";
import type { Answer, AppRouter, Draft, Ephemeral, Notification, Passed, Scheduled, Stored } from "./items.ts";
import { Listeners, type Listening, type ListenOptions } from "./listeners.ts";
import { createPreferenceCalls, type PreferenceCalls } from "./preferences.ts";
import { createReadCalls, type ReadCalls } from "./reads.ts";
import {
  ResumingSubscription,
  type SubscribeInput,
  type Subscription,
  type SubscriptionHandlers,
} from "./subscription.ts";

/** What the hub's refusals are thrown as; `data.code` and `data.issues` say what was wrong. */
export const HubError = TRPCClientError<AppRouter>;
/** See the value of the same name. */
export type HubError = TRPCClientError<AppRouter>;

/** The typed client of every procedure. */
export type HubClient = ReturnType<typeof createClient>;

/** Which hub, as whom, and with which types. */
export interface HubOptions<E extends object = AnyEvents> extends ClientOptions {
  /** Types of {@linkcode defineEvents}; those that were pulled stand in `createHub<Events>()`. */
  readonly events?: DefinedEvents<E>;
}

/** A hub at the other end; `E` says what `data` each type has. */
export interface Hub<E extends object = AnyEvents> extends Disposable, HistoryCalls, ReadCalls, AcknowledgementCalls {
  /**
   * Publishes one notification and answers with it once it is on disk; an ephemeral one is never stored, one with
   * `deliverAt` waits for its time. @throws {HubError}
   */
  publish<T extends string = never, V extends string = never>(
    draft: DraftOf<E, T, V> & { readonly ephemeral?: false; readonly deliverAt?: undefined },
  ): Promise<Stored>;
  publish<T extends string = never, V extends string = never>(
    draft: DraftOf<E, T, V> & { readonly ephemeral: true },
  ): Promise<Passed>;
  publish<T extends string = never, V extends string = never>(
    draft: DraftOf<E, T, V> & { readonly deliverAt: string | number },
  ): Promise<Scheduled>;
  publish<T extends string = never, V extends string = never>(draft: DraftOf<E, T, V>): Promise<Answer>;
  /**
   * Calls `take` with everything of a type from now on, until what it answers is disposed. All of a hub's listeners share
   * one stream; to go on where an earlier one stopped, use {@linkcode Hub.subscribe}.
   */
  on<N extends keyof E & string>(type: N, take: (event: EventOf<E, N>) => void, options?: ListenOptions): Listening;
  /**
   * Registers the types that {@linkcode createHub} was given; those that are there as they are stay so. Needs an admin's
   * token. @throws {HubError} {TypeError}
   */
  registerEvents(): Promise<Registration[]>;
  /** Follows the hub from now on, or from `lastEventId`. */
  subscribe(input: SubscribeInput, handlers: SubscriptionHandlers): Subscription;
  /** What the user wants to be shown. */
  readonly preferences: PreferenceCalls;
  /** The typed client of every procedure. */
  readonly trpc: HubClient;
  /** Ends all subscriptions. */
  close(): void;
}

/** Connects to a hub. Nothing is sent until it is used. */
export function createHub<E extends object = AnyEvents>({ events, ...options }: HubOptions<E> = {}): Hub<E> {
  const trpc = createClient(options);
  const subscriptions = new Set<Subscription>();
  const subscribe = (input: SubscribeInput, handlers: SubscriptionHandlers): Subscription => {
    const subscription = new ResumingSubscription(
      (from, connection) => trpc.notifications.subscribe.subscribe(from, connection),
      input,
      { handlers, onClosed: (closed) => subscriptions.delete(closed) },
    );
    // A handler may have closed it already.
    if (subscription.state !== "closed") subscriptions.add(subscription);
    return subscription;
  };
  const types = events?.types ?? new Map();
  const versionOf = ({ event = "notification", type = event }: Draft) => types.get(type)?.version;
  const listeners = new Listeners(subscribe, new Map([...types].map(([name, { version }]) => [name, version])));
  const close = () => {
    for (const subscription of subscriptions) subscription.close();
  };
  return {
    trpc,
    publish: ((draft: Draft) => {
      const typeVersion = draft.typeVersion ?? versionOf(draft);
      return trpc.notifications.publish.mutate(typeVersion === undefined ? draft : { ...draft, typeVersion });
    }) as Hub<E>["publish"],
    on: (type, take, options = {}) => listeners.add(type, take as (item: Notification | Ephemeral) => void, options),
    registerEvents: async () => {
      if (!events) throw new TypeError("Cannot register events: createHub was given none; see defineEvents");
      const made: Registration[] = [];
      // One after the other: the hub commits them in this order, and the first that it refuses is the one that is told.
      for (const type of events.types.values()) made.push(await trpc.types.register.mutate(type));
      return made;
    },
    ...createHistoryCalls(trpc),
    ...createReadCalls(trpc),
    preferences: createPreferenceCalls(trpc),
    ...createAcknowledgementCalls(trpc),
    subscribe,
    close,
    [Symbol.dispose]: close,
  };
}
