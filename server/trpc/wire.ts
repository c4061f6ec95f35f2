import type { WireFormat } from "../hub/frame.ts";

/** One event of tRPC's SSE protocol: two empty lines end it, `id` stands after `data`. */
function event(data: string, cursor: string): string {
  return `data: ${data}\nid: ${cursor}\n\n\n`;
}

/**
 * tRPC's wire format over SSE, as its own handler writes it (a test compares the bytes).
 *
 * @param client The router's `sse.client`.
 */
export function createTrpcFormat(client: object): WireFormat {
  return {
    name: "trpc",
    opening: `event: connected\ndata: ${JSON.stringify(client)}\n\n\n`,
    notification: ({ json }, cursor) => event(json, cursor),
    control: (item, cursor) => event(JSON.stringify(item), cursor),
    heartbeat: "event: ping\ndata: \n\n\n",
  };
}

/** What tRPC sends when a procedure refuses: the error's shape, then the stream ends. */
export function trpcRefusal(shape: unknown): string {
  return `event: serialized-error\ndata: ${JSON.stringify(shape)}\n\n\n`;
}
