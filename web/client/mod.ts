/**
 * web/client/ is the SDK: it publishes, lists and follows from browsers, Node, Deno and Bun. It knows no DOM and no
 * framework; its types come from the server by `import type`.
 *
 * @module
 */

export type { AcknowledgementCalls } from "./acknowledgements.ts";
export {
  type AnyEvents,
  type DataSchema,
  type DefinedEvents,
  type DraftOf,
  defineEvents,
  type EventDefinition,
  type EventDefinitions,
  type EventOf,
  type EventsOf,
  type Registration,
} from "./events.ts";
export { ExpiryClock } from "./expiry_clock.ts";
export type { HistoryCalls } from "./history.ts";
export { createHub, type Hub, type HubClient, HubError, type HubOptions } from "./hub.ts";
export * from "./items.ts";
export type { Listening, ListenOptions } from "./listeners.ts";
export type { PreferenceCalls } from "./preferences.ts";
export type { ReadCalls } from "./reads.ts";
export type { ConnectionState, SubscribeInput, Subscription, SubscriptionHandlers } from "./subscription.ts";
