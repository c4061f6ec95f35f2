import { request } from "node:http";

/** One server-sent event, as it stood on the wire. */
export interface SseEvent {
  /** The lines of the event without the empty one that ends it. */
  readonly text: string;
  readonly event: string;
  readonly data: string;
  /** Absent: the event has no `id` line. */
  readonly id: string | undefined;
}

/** Reads one event's lines. Refuses what no EventSource would understand. */
export function parseSseEvent(text: string): SseEvent {
  let event = "message";
  let id: string | undefined;
  const data: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, name, value] = /^(event|data|id|retry): ?(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new SyntaxError(`no line of an event: ${line}`);
    if (name === "event") event = value;
    else if (name === "id") id = value;
    else if (name === "data") data.push(value);
  }
  return { text, event, data: data.join("\n"), id };
}

/** Splits text into the events that are whole; the rest waits for more. */
export class SseSplitter {
  #rest = "";

  /** Takes more text; answers with the events it completes. */
  push(text: string): SseEvent[] {
    const parts = (this.#rest + text).split(/\n\n+/);
    this.#rest = parts.pop() ?? "";
    return parts.filter((part) => part !== "").map(parseSseEvent);
  }

  /** What is left: the beginning of an event that never ended. */
  get rest(): string {
    return this.#rest;
  }
}

/** How to open a stream. */
export interface OpenSseOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** An open event stream that is read as it comes. */
export interface SseStream extends Disposable {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** The next event; rejects when the stream has ended. */
  next(): Promise<SseEvent>;
  /** The next events. */
  take(count: number): Promise<SseEvent[]>;
  /** Everything until the server ends the stream, as text. */
  readonly ended: Promise<string>;
  /** Everything that came so far. */
  readonly text: string;
}

/** Opens an event stream; resolves with the response's head, whatever its status. */
export function openSse(url: string, { headers = {} }: OpenSseOptions = {}): Promise<SseStream> {
  return new Promise((resolve, reject) => {
    // A connection of its own for each stream: one that was cut must not serve the next.
    const outgoing = request(url, { agent: false, headers }, (incoming) => {
      const splitter = new SseSplitter();
      const events: SseEvent[] = [];
      const waiting: { resolve(event: SseEvent): void; reject(error: Error): void }[] = [];
      let text = "";
      let isOver = false;
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
        for (const event of splitter.push(chunk)) {
          const waiter = waiting.shift();
          if (waiter) waiter.resolve(event);
          else events.push(event);
        }
      });
      const ended = new Promise<string>((end) => {
        const finish = () => {
          isOver = true;
          for (const waiter of waiting.splice(0)) waiter.reject(new Error(`the stream ended after: ${text}`));
          end(text);
        };
        incoming.on("end", finish);
        incoming.on("close", finish);
        incoming.on("error", finish);
      });
      const next = () =>
        new Promise<SseEvent>((give, refuse) => {
          const event = events.shift();
          if (event) give(event);
          else if (isOver) refuse(new Error(`the stream ended after: ${text}`));
          else waiting.push({ resolve: give, reject: refuse });
        });
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        next,
        async take(count) {
          const taken: SseEvent[] = [];
          while (taken.length < count) taken.push(await next());
          return taken;
        },
        ended,
        get text() {
          return text;
        },
        [Symbol.dispose]: () => void outgoing.destroy(),
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** The next notification with a message, of either format; what else comes is passed over. */
export async function nextNotification(stream: SseStream): Promise<{ id: number; message: string }> {
  for (;;) {
    const { data } = await stream.next();
    if (data.includes('"message"')) return JSON.parse(data);
  }
}
