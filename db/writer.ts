import { on, once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Outcome } from "./batch_runner.ts";
import { type Command, type CommandKind, type CommandResult, entryOf } from "./commands.ts";
import { DatabaseOpenError, fromErrorValue, WriterBusyError } from "./errors.ts";
import type { ThreadMessage } from "./writer_thread.ts";

/** One committed command with its result. */
export interface Committed {
  readonly command: Command;
  readonly result: unknown;
}

/** Called after each commit with what succeeded, in order, and how long the transaction took in milliseconds. */
export type CommitListener = (committed: readonly Committed[], commitMs: number) => void;

/** Called once, when the writer's thread has died and nothing can be written any more. */
export type FailureListener = (error: Error) => void;

interface Pending {
  readonly command: Command;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Most commands in one transaction: long enough to make fsync cheap, short enough to answer soon. */
const MAX_BATCH = 1_000;
/** Most bytes waiting to be written (UTF-16 units of JSON, about); beyond it publishers are told to come back. */
const MAX_QUEUED = 64 * 1024 * 1024;
/** What a command weighs beside its text, in the same unit. */
const COMMAND_WEIGHT = 200;

/**
 * The only door for writes. While one batch commits in the writer's thread, the next gathers here; all commands of one
 * turn of the event loop, at least, share a transaction.
 */
export class Writer implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #listeners = new Set<CommitListener>();
  readonly #failureListeners = new Set<FailureListener>();
  #waiting: Pending[] = [];
  #inFlight: Pending[] = [];
  #queued = 0;
  #scheduled = false;
  #closed: Promise<void> | undefined;
  #failure: Error | undefined;
  #onIdle: (() => void) | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: ThreadMessage) => {
      if ("outcomes" in message) this.#settle(message.outcomes, message.commitMs);
    });
    worker.on("error", (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.#fail(new Error("Cannot write: the writer's thread has ended")));
  }

  /** Starts the thread and waits until its database is open. @throws {DatabaseOpenError} when it cannot be opened. */
  static async start(folder: string): Promise<Writer> {
    const worker = new Worker(new URL("./writer_thread.ts", import.meta.url), { workerData: { folder } });
    // Node's own messages may come first (`node --watch` sends some).
    for await (const [message] of on(worker, "message") as AsyncIterable<[ThreadMessage]>) {
      if ("ready" in message) break;
      if ("failed" in message) {
        await worker.terminate();
        throw new DatabaseOpenError(message.failed.message);
      }
    }
    return new Writer(worker);
  }

  /**
   * Applies one command and answers once it is on disk.
   *
   * @throws {WriterBusyError} when too much is waiting already, or the writer is closing.
   */
  execute<K extends CommandKind>(command: Command<K>): Promise<CommandResult<K>> {
    const refusal = this.#refusal();
    if (refusal) return Promise.reject(refusal);
    const queued = command as Command;
    this.#queued += weigh(queued);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command: queued, resolve, reject });
      this.#schedule();
    });
  }

  /** Calls the listener after each commit. */
  onCommit(listener: CommitListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Calls the listener when the thread dies before the writer is disposed; at once when it has died already. */
  onFailure(listener: FailureListener): Disposable {
    if (this.#failure && !this.#closed) listener(this.#failure);
    this.#failureListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#failureListeners.delete(listener) };
  }

  /** Whether commands are taken: not once the thread has died or the writer is disposed. */
  get isAlive(): boolean {
    return !this.#failure && !this.#closed;
  }

  /** Number of commands that are not committed yet. */
  get backlog(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  /** Refuses new commands, commits what is queued, ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  #refusal(): Error | undefined {
    if (this.#failure) return this.#failure;
    if (this.#closed) return new WriterBusyError("Cannot write: the server is stopping");
    if (this.#queued <= MAX_QUEUED) return undefined;
    return new WriterBusyError(`Cannot write: ${this.backlog} commands are waiting for the disk; try again later`);
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight.length > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#inFlight.length > 0 || this.#waiting.length === 0 || this.#failure) return;
    this.#inFlight = this.#waiting.splice(0, MAX_BATCH);
    this.#worker.postMessage(this.#inFlight.map(({ command }) => command));
  }

  #settle(outcomes: readonly Outcome[], commitMs: number): void {
    const batch = this.#inFlight;
    this.#inFlight = [];
    this.#flush();
    const committed: Committed[] = [];
    for (const [index, { command, resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index];
      this.#queued -= weigh(command);
      if (!outcome || "error" in outcome) {
        reject(outcome ? fromErrorValue(outcome.error) : new Error("Cannot write: the writer gave no answer"));
      } else {
        committed.push({ command, result: outcome.result });
        resolve(outcome.result as never);
      }
    }
    for (const listener of this.#listeners) listener(committed, commitMs);
    if (this.backlog === 0) this.#onIdle?.();
  }

  #fail(error: Error): void {
    // An uncaught exception is followed by the thread's end.
    if (this.#failure) return;
    this.#failure = error;
    const lost = [...this.#inFlight.splice(0), ...this.#waiting.splice(0)];
    for (const { reject } of lost) reject(error);
    this.#onIdle?.();
    if (!this.#closed) for (const listener of this.#failureListeners) listener(error);
  }

  async #close(): Promise<void> {
    if (this.backlog > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    if (this.#failure) return;
    const ended = once(this.#worker, "exit");
    this.#worker.postMessage("close");
    await ended;
  }
}

function weigh(command: Command): number {
  const waiting = command.kind === "scheduled.create" ? command.input.row.json.length : 0;
  return COMMAND_WEIGHT + (entryOf(command)?.tail.length ?? waiting);
}
