import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Wire, type WireFormat } from "./frame.ts";
import type { Reader } from "./reader.ts";

/** One format on both kinds of HTTP/1 bodies. */
export interface Wires {
  readonly chunked: Wire;
  readonly bare: Wire;
}

/** Prepares a format for the socket. */
export function createWires(format: WireFormat): Wires {
  return { chunked: new Wire(format, { chunked: true }), bare: new Wire(format, { chunked: false }) };
}

/** The request that a stream answers. */
export interface StreamExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: OutgoingHttpHeaders;
}

/** What a request asks for. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request's target; never fails, whatever a client sends. */
export function parseTarget(text = "/"): Target {
  const at = text.indexOf("?");
  if (at < 0) return { path: text, query: new URLSearchParams() };
  return { path: text.slice(0, at), query: new URLSearchParams(text.slice(at + 1)) };
}

const READER = Symbol("reader");

interface StreamSocket extends Socket {
  /** Null: claimed for a stream that has not begun. */
  [READER]?: Reader | null;
}

// Shared by all streams, so that a connection holds no closure.
/** Node's timer of the socket: it begins anew whenever the other side has taken some, however little, of what waits. */
function onTimeout(this: StreamSocket): void {
  this[READER]?.close("stalled");
  this.destroy();
}

function onDrain(this: StreamSocket): void {
  this[READER]?.drained();
}

function onClose(this: StreamSocket): void {
  this[READER]?.close("client");
  delete this[READER];
}

/** Headers of every event stream. */
export const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream",
  // No proxy may compress it either: that holds events back.
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
  connection: "keep-alive",
  "x-accel-buffering": "no",
} as const;

/**
 * Answers a request with a stream: the head through Node's response, everything after it straight to the socket, so
 * that one shared buffer, HTTP chunk framing included, serves all readers.
 */
export function startStream(reader: Reader, wires: Wires, { request, response, headers }: StreamExchange): void {
  const socket = response.socket as StreamSocket | null;
  if (!socket || socket.destroyed) {
    reader.close("client");
    // Another request of this connection is not answered yet; its answer would come in the middle of the stream.
    request.socket.destroy();
    return;
  }
  response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers });
  response.flushHeaders();
  socket[READER] = reader;
  socket.on("drain", onDrain);
  socket.on("timeout", onTimeout);
  socket.once("close", onClose);
  const isChunked = request.httpVersion !== "1.0";
  if (isChunked) release(response);
  socket.setTimeout(0);
  reader.stream(socket, isChunked ? wires.chunked : wires.bare);
}

/** Keeps a connection for a stream from the moment that one is asked for, also while it is being opened. */
export function claim(socket: StreamSocket): void {
  socket[READER] = null;
}

/** Gives a connection back whose stream was refused. */
export function unclaim(socket: StreamSocket): void {
  delete socket[READER];
}

/** Whether a connection carries a stream, or is to; nothing else may be written to it. */
export function isStreaming(socket: StreamSocket): boolean {
  return socket[READER] !== undefined;
}

/**
 * Lets Node forget request and response, 2 KB per connection: to it, this response is finished. Not for HTTP/1.0, where
 * that would end the connection.
 */
function release(response: ServerResponse): void {
  response.emit("finish");
}
