/** The writer's own thread: it holds the only connection that writes. Started by writer.ts, imported by nobody. */
import { parentPort, workerData } from "node:worker_threads";
import type { Statement } from "better-sqlite3";
import { APPLY, type WriteContext } from "./apply.ts";
import type { Command, CommandKind } from "./commands.ts";
import { type Database, openDatabase } from "./database.ts";
import { type ErrorValue, toErrorValue } from "./errors.ts";
import { createAppender } from "./notifications.ts";

/** What became of one command of a batch. */
export type Outcome = { readonly result: unknown } | { readonly error: ErrorValue };

/** What the thread tells: ready, failed to open, or what became of a batch (`commitMs`: how long its transaction took). */
export type ThreadMessage =
  | { readonly ready: true }
  | { readonly failed: ErrorValue }
  | { readonly outcomes: readonly Outcome[]; readonly commitMs: number };

/** Applies batches: one transaction each, with a savepoint for each command, so that one failure harms no other. */
class BatchRunner {
  readonly #context: WriteContext;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #save: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;

  constructor(context: WriteContext) {
    const { sqlite } = context.db;
    this.#context = context;
    this.#begin = sqlite.prepare("BEGIN IMMEDIATE");
    this.#commit = sqlite.prepare("COMMIT");
    this.#save = sqlite.prepare("SAVEPOINT command");
    this.#release = sqlite.prepare("RELEASE command");
    this.#undo = sqlite.prepare("ROLLBACK TO command");
  }

  run(commands: readonly Command[]): Outcome[] {
    const { appender } = this.#context;
    try {
      this.#begin.run();
      appender.begin();
      const outcomes = commands.map((command) => this.#apply(command));
      this.#commit.run();
      return outcomes;
    } catch (error) {
      const reason = toErrorValue(this.#rollBack(error));
      return commands.map(() => ({ error: reason }));
    }
  }

  /** Undoes the batch and answers with why. Where that fails too, the next batch cannot begin and tries it again. */
  #rollBack(error: unknown): unknown {
    const { sqlite } = this.#context.db;
    try {
      if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
      return error;
    } catch (second) {
      return new Error(`${(error as Error).message}; then: ${(second as Error).message}`, { cause: error });
    }
  }

  #apply<K extends CommandKind>({ kind, input }: Command<K>): Outcome {
    try {
      this.#save.run();
      const result = APPLY[kind](this.#context, input);
      this.#release.run();
      return { result };
    } catch (error) {
      // A full disk rolls the whole transaction back; then the batch fails as one.
      if (!this.#context.db.sqlite.inTransaction) throw error;
      this.#undo.run();
      this.#release.run();
      this.#context.appender.begin();
      return { error: toErrorValue(error) };
    }
  }
}

function run(port: NonNullable<typeof parentPort>, folder: string): void {
  const post = (message: ThreadMessage) => port.postMessage(message);
  let db: Database;
  try {
    db = openDatabase(folder);
  } catch (error) {
    post({ failed: toErrorValue(error) });
    return;
  }
  const runner = new BatchRunner({ db, appender: createAppender(db) });
  port.on("message", (commands: readonly Command[] | "close") => {
    if (commands === "close") {
      db[Symbol.dispose]();
      port.close();
      return;
    }
    const start = performance.now();
    const outcomes = runner.run(commands);
    post({ outcomes, commitMs: performance.now() - start });
  });
  post({ ready: true });
}

if (parentPort) run(parentPort, (workerData as { readonly folder: string }).folder);
