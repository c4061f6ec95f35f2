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
    ephemeral: ({ json }, cursor) => event(json, cursor),
    control: (item, cursor) => event(JSON.stringify(item), cursor),
    heartbeat: "event: ping\ndata: \n\n\n",
  };
}

/** The code of the only error after which tRPC's client comes back by itself. */
const RETRYABLE = -32603;

/**
 * What tRPC sends when a procedure refuses: the error's shape, then the stream ends. Where another attempt may do after
 * some seconds, the error takes the code that lets the client try again, and its EventSource is told when.
 */
export function trpcRefusal(shape: object, retryAfter: number | undefined): string {
  if (retryAfter === undefined) return `event: serialized-error\ndata: ${JSON.stringify(shape)}\n\n\n`;
  const error = JSON.stringify({ ...shape, code: RETRYABLE });
  return `retry: ${retryAfter * 1_000}\nevent: serialized-error\ndata: ${error}\n\n\n`;
}
