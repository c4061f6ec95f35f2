import type { EventSource as EventSourcePolyfill } from "eventsource";

/** What a browser has and other runtimes may not; typed here, because the SDK is compiled without the DOM. */
interface PageGlobals {
  readonly location?: { readonly origin: string };
  readonly EventSource?: typeof EventSourcePolyfill;
  readonly reportError?: (error: unknown) => void;
  readonly addEventListener?: (type: string, listener: () => void) => void;
  readonly removeEventListener?: (type: string, listener: () => void) => void;
}

/** The global object, seen as a page's. */
export const page = globalThis as PageGlobals;
