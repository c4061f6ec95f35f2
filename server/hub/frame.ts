/**
 * server/hub/ takes drafts in and hands notifications out: readers as cursors over the log, fan-out, and the bytes.
 * This file encodes a notification once per wire format; every reader of that format gets the same bytes.
 */
import type { LogRecord } from "../../db/event_log.ts";
import type { Control } from "../rules/stream_item.ts";

/** How one protocol writes the stream. Pure functions to text; each text is one or more whole events. */
export interface WireFormat {
  readonly name: string;
  /** Stands before the first item. */
  readonly opening: string;
  notification(record: LogRecord, cursor: string): string;
  /** A notification that is not in the log; `cursor` as for {@linkcode WireFormat.control}. */
  ephemeral(record: LogRecord, cursor: string): string;
  /** The hub's own items; `cursor` is where a reader that was cut right after it resumes. */
  control(item: Control, cursor: string): string;
  /** Says "still here"; never moves the cursor. */
  readonly heartbeat: string;
}

/** A wire format on its way over HTTP: `chunked` bodies for HTTP/1.1, bare ones (ended by closing) for HTTP/1.0. */
export class Wire {
  readonly format: WireFormat;
  readonly heartbeat: Buffer;
  /** What ends the body. */
  readonly ending: Buffer;
  readonly #chunked: boolean;

  constructor(format: WireFormat, options: { readonly chunked: boolean }) {
    this.format = format;
    this.#chunked = options.chunked;
    this.heartbeat = this.bytes(format.heartbeat);
    this.ending = Buffer.from(options.chunked ? "0\r\n\r\n" : "");
  }

  /** The bytes of a text as they go to the socket, the HTTP chunk's framing included. */
  bytes(text: string): Buffer {
    if (!this.#chunked) return Buffer.from(text);
    const length = Buffer.byteLength(text);
    const head = `${length.toString(16)}\r\n`;
    const bytes = Buffer.allocUnsafe(head.length + length + 2);
    bytes.write(head, 0, "latin1");
    bytes.write(text, head.length, "utf8");
    bytes.write("\r\n", head.length + length, "latin1");
    return bytes;
  }
}

/** A committed notification with its encodings, made when first asked for and then shared. */
export class Frame {
  readonly record: LogRecord;
  /** Not in the log: `record.id` is the head at its time, and its JSON has no id. */
  readonly isEphemeral: boolean;
  readonly #epoch: string;
  #texts: Map<WireFormat, string> | undefined;
  #bytes: Map<Wire, Buffer> | undefined;

  constructor(record: LogRecord, epoch: string, isEphemeral = false) {
    this.record = record;
    this.isEphemeral = isEphemeral;
    this.#epoch = epoch;
  }

  /** The event as text. */
  text(format: WireFormat): string {
    this.#texts ??= new Map();
    let text = this.#texts.get(format);
    if (text === undefined) {
      const cursor = `${this.#epoch}-${this.record.id}`;
      text = this.isEphemeral ? format.ephemeral(this.record, cursor) : format.notification(this.record, cursor);
      this.#texts.set(format, text);
    }
    return text;
  }

  /** The event as bytes for the socket. */
  bytes(wire: Wire): Buffer {
    this.#bytes ??= new Map();
    let bytes = this.#bytes.get(wire);
    if (!bytes) {
      bytes = wire.bytes(this.text(wire.format));
      this.#bytes.set(wire, bytes);
    }
    return bytes;
  }
}

/** The bytes of several events as one write. A single frame's bytes are the shared ones. */
export function joinFrames(frames: readonly Frame[], wire: Wire): Buffer {
  const [only] = frames;
  if (only && frames.length === 1) return only.bytes(wire);
  let text = "";
  for (const frame of frames) text += frame.text(wire.format);
  return wire.bytes(text);
}
