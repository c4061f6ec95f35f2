/** Starts the benchmark's processes, pins them to cores and talks to them. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AnswerMessage, CallMessage, Usage } from "./calls.ts";

/** How to start a process. */
export interface ChildOptions {
  /** Cores that it may run on, as taskset takes them ("0", "0,1"). Default: all. */
  readonly cores?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments for Node itself. */
  readonly nodeArgs?: readonly string[];
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Longest time that a call may take, in ms. */
const CALL_LIMIT = 180_000;
/** How long a process may take to end by itself, in ms. */
const GRACE = 10_000;

/** A process whose use of its core can be read. */
export interface Watched {
  usage(): Promise<Usage>;
}

/** A process of the benchmark. Disposing ends it. */
export class Child implements AsyncDisposable, Watched {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #serial = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on("message", (message) => this.#settle(message as AnswerMessage));
    process.on("exit", (code, signal) => this.#fail(new Error(`A process of the benchmark ended: ${signal ?? code}`)));
  }

  /** Starts a module of the benchmark and waits until it answers calls. */
  static async start(module: URL, options: ChildOptions): Promise<Child> {
    const { cores, env = {}, nodeArgs = [] } = options;
    const command = [process.execPath, ...nodeArgs, fileURLToPath(module)];
    if (cores !== undefined && canPin()) command.unshift("taskset", "-c", cores);
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      env: { ...process.env, ...env },
      // The table alone goes to standard output.
      stdio: ["ignore", process.stderr, "inherit", "ipc"],
    });
    const started = new Child(child);
    await started.#wait(0);
    return started;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Calls a function of the process. @throws {Error} with the function's own message, or when it takes too long. */
  async call<Result>(name: string, input?: unknown): Promise<Result> {
    const id = ++this.#serial;
    this.#process.send({ id, name, input } satisfies CallMessage);
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new Error(`Cannot wait for "${name}": it took over ${CALL_LIMIT} ms`)),
      CALL_LIMIT,
    );
    try {
      const result = this.#wait(id);
      result.then(() => resolve(), reject);
      await promise;
      return (await result) as Result;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  usage(): Promise<Usage> {
    return this.call("usage");
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), GRACE);
    if (this.#process.connected) this.#process.disconnect();
    await ended;
    clearTimeout(timer);
  }

  #wait(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle({ id, result, error }: AnswerMessage): void {
    const waiting = this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new Error(error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

let pins: boolean | undefined;

/** Whether processes can be pinned to cores here. */
export function canPin(): boolean {
  pins ??= spawnSync("taskset", ["-c", "0", "true"]).status === 0;
  return pins;
}
