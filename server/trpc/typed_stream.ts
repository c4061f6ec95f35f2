import { type TrackedEnvelope, tracked } from "@trpc/server";
import type { Reader } from "../hub/reader.ts";
import type { StreamItem } from "../rules/stream_item.ts";

/**
 * What `notifications.subscribe` returns. Our SSE transport takes the reader and lets it write shared bytes; tRPC's own
 * handlers (WebSocket, callers, tests) iterate it. One of the two, once.
 */
export class TypedStream implements AsyncIterable<TrackedEnvelope<StreamItem>> {
  readonly reader: Reader;
  readonly #signal: AbortSignal | undefined;

  constructor(reader: Reader, signal: AbortSignal | undefined) {
    this.reader = reader;
    this.#signal = signal;
    // An iteration that never begins would leave the reader open.
    if (signal?.aborted) reader.close("client");
    else signal?.addEventListener("abort", () => reader.close("client"), { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrackedEnvelope<StreamItem>, void, undefined> {
    for await (const { cursor, item } of this.reader.items(this.#signal)) yield tracked(cursor, item);
    // Returning would tell the client that all is said, and it would not come back.
    if (!this.#signal?.aborted) throw new DOMException("Cannot go on: the hub has ended this stream", "AbortError");
  }
}
