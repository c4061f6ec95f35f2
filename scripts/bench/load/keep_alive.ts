/** One keep-alive connection for requests with small answers, on the bare socket: the load must cost less than the server. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/** Sends one request at a time and tells when its answer is complete. */
export class KeepAlive {
  readonly #socket: Socket;
  #onAnswer: ((error?: Error) => void) | null = null;
  /** Bytes of the answer's body still to come; null: the head is not complete; Infinity: a chunked body. */
  #left: number | null = null;
  #held: Buffer | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#take(bytes as Buffer));
    socket.on("error", (error) => this.#settle(error));
    socket.on("close", () => this.#settle(new Error("Cannot publish: the server closed the connection")));
  }

  /** Opens a connection. */
  static async open({ host, port }: Address): Promise<KeepAlive> {
    const socket = connect(port, host);
    await once(socket, "connect");
    return new KeepAlive(socket);
  }

  /** Whether an answer is still to come. */
  get isBusy(): boolean {
    return this.#onAnswer !== null;
  }

  /** Sends a whole request; `onAnswer` is called once its answer is complete, with an error unless it is a 2xx. */
  send(request: string | Buffer, onAnswer: (error?: Error) => void): void {
    this.#onAnswer = onAnswer;
    this.#left = null;
    this.#socket.write(request);
  }

  close(): void {
    this.#onAnswer = null;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    if (this.#left === null) this.#readHead(this.#held ? Buffer.concat([this.#held, bytes]) : bytes);
    else this.#readBody(bytes);
  }

  #readHead(bytes: Buffer): void {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#held = bytes;
      return;
    }
    this.#held = null;
    const head = bytes.toString("latin1", 0, end);
    if (head.charCodeAt(9) !== 0x32) {
      this.#settle(new Error(`Cannot publish: the server answered ${bytes.toString("utf8", 0, 600)}`));
      return;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#left = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    this.#readBody(bytes.subarray(end + HEAD_END.length));
  }

  #readBody(bytes: Buffer): void {
    this.#left = (this.#left ?? 0) - bytes.length;
    const isLast = this.#left === Number.POSITIVE_INFINITY && bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
    if (this.#left <= 0 || isLast) this.#settle();
  }

  #settle(error?: Error): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = null;
    onAnswer?.(error);
  }
}

/** The text of a request without a body. */
export function getRequest(path: string, headers: Readonly<Record<string, string>>): string {
  return `GET ${path} HTTP/1.1\r\nhost: bench\r\n${linesOf(headers)}\r\n`;
}

/** The text of a request with a body. */
export function postRequest(path: string, body: string, headers: Readonly<Record<string, string>>): string {
  return `POST ${path} HTTP/1.1\r\nhost: bench\r\n${linesOf(headers)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
