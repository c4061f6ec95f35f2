import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Target } from "./target.ts";
import { Trail } from "./trail.ts";

/** Which of the hub's two streams. */
export type Transport = "plain" | "typed";

/** Who follows what. */
export interface FollowerOptions {
  readonly target: Target;
  readonly transport: Transport;
  readonly channels: readonly string[];
  /** How long it is away after its connection ended, in ms. */
  readonly away: () => number;
  /** Told of what must not be. */
  readonly onFault: (fault: string) => void;
}

/** A client that follows some channels, is cut, killed and stalled, and always comes back with its cursor. */
export class Follower implements Disposable {
  readonly channels: readonly string[];
  /** What it was given since {@linkcode Follower.start}. */
  readonly trail = new Trail();
  readonly #options: FollowerOptions;
  #start: number | null = null;
  #cursor: string | undefined;
  #outgoing: ClientRequest | null = null;
  #incoming: IncomingMessage | null = null;
  #timer: NodeJS.Timeout | undefined;
  #connections = 0;
  #isClosed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.channels = options.channels;
    this.#connect();
  }

  /** Id from which it has a right to everything; null: it was never told where it stands. */
  get start(): number | null {
    return this.#start;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Cuts its connection: politely, or as a crash would. */
  kill(how: "destroy" | "reset"): void {
    if (how === "reset") this.#incoming?.socket.resetAndDestroy();
    else this.#outgoing?.destroy();
  }

  /** Takes nothing any more until {@linkcode Follower.resume}. */
  stall(): void {
    this.#incoming?.pause();
  }

  resume(): void {
    this.#incoming?.resume();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#outgoing?.destroy();
  }

  #connect(): void {
    const { target, transport } = this.#options;
    const channels = this.channels;
    const path =
      transport === "plain"
        ? `/api/notifications/stream?channels=${channels}`
        : `/trpc/notifications.subscribe?input=${encodeURIComponent(JSON.stringify({ channels }))}`;
    const headers = { ...target.headers, ...(this.#cursor && { "last-event-id": this.#cursor }) };
    const outgoing = request(new URL(path, target.url), { agent: false, headers });
    this.#outgoing = outgoing;
    // Its end is told by `close`, whatever the reason.
    outgoing.on("error", () => undefined);
    outgoing.on("response", (incoming) => this.#read(incoming));
    outgoing.once("close", () => this.#retry(outgoing));
    outgoing.end();
  }

  #retry(outgoing: ClientRequest): void {
    if (this.#isClosed || this.#outgoing !== outgoing) return;
    this.#outgoing = null;
    this.#incoming = null;
    this.#timer = setTimeout(() => this.#connect(), this.#options.away());
  }

  #read(incoming: IncomingMessage): void {
    if (incoming.statusCode !== 200) this.#fault(`was answered ${incoming.statusCode}`);
    this.#incoming = incoming;
    this.#connections += 1;
    // An event of which only a part came counts for nothing.
    let rest = "";
    incoming.setEncoding("utf8");
    incoming.on("error", () => undefined);
    incoming.on("data", (chunk: string) => {
      const events = (rest + chunk).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) this.#take(event);
    });
  }

  #take(event: string): void {
    const fields = new Map(
      event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    const cursor = fields.get("id");
    const data = fields.get("data") ?? "";
    if (fields.get("event") === "gap" || data.startsWith('{"event":"gap"')) this.#fault(`was told of a gap: ${data}`);
    if (fields.get("event") === "serialized-error") this.#fault(`was refused: ${data}`);
    if (cursor === undefined) return;
    const id = Number(cursor.split("-")[1]);
    this.#start ??= id;
    if (data.startsWith('{"id":') && !this.trail.add(id)) this.#fault(`was given ${id} out of order`);
    if (id < this.trail.last) this.#fault(`was sent back from ${this.trail.last} to ${id}`);
    this.#cursor = cursor;
  }

  #fault(what: string): void {
    this.#options.onFault(`A reader of ${this.channels} (${this.#options.transport}) ${what}`);
  }
}
