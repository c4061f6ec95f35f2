import type { Statement } from "better-sqlite3";
import { APPLY, type WriteContext } from "./apply.ts";
import type { Command, CommandKind } from "./commands.ts";
import { type ErrorValue, toErrorValue } from "./errors.ts";

/** What became of one command of a batch. */
export type Outcome = { readonly result: unknown } | { readonly error: ErrorValue };

/** So many batches after one with a failure are not tried without savepoints: whoever provokes one may provoke more. */
const CAREFUL = 16;

/**
 * Applies batches, one transaction each. Nearly always all commands of a batch succeed: it is tried without savepoints,
 * which cost as much as a fifth of an append. Where a command fails, the whole batch is rolled back and done again with a
 * savepoint for each command, so that one failure harms no other.
 */
export class BatchRunner {
  /** Batches that are still applied with savepoints at once. */
  #careful = 0;
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

  /** Applies a batch and answers, command by command, what became of it. Never throws. */
  run(commands: readonly Command[]): Outcome[] {
    try {
      return this.#transact(() => this.#applyTogether(commands) ?? commands.map((command) => this.#apply(command)));
    } catch (error) {
      const reason = toErrorValue(error);
      return commands.map(() => ({ error: reason }));
    }
  }

  #transact(work: () => Outcome[]): Outcome[] {
    const { db } = this.#context;
    try {
      // Left open by a rollback that failed.
      if (db.sqlite.inTransaction) db.sqlite.exec("ROLLBACK");
      this.#start();
      const outcomes = work();
      this.#commit.run();
      return outcomes;
    } catch (error) {
      throw this.#rollBack(error);
    }
  }

  #start(): void {
    this.#begin.run();
    this.#context.appender.begin();
  }

  /** Undoes the batch and answers with why. Where that fails too, the next batch begins with it. */
  #rollBack(error: unknown): unknown {
    const { sqlite } = this.#context.db;
    try {
      if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
      return error;
    } catch (second) {
      return new Error(`${(error as Error).message}; then: ${(second as Error).message}`, { cause: error });
    }
  }

  /** Applies commands that all succeed; null: one did not, or may not, and the transaction has none of them. */
  #applyTogether(commands: readonly Command[]): Outcome[] | null {
    if (this.#careful > 0) {
      this.#careful -= 1;
      return null;
    }
    try {
      return commands.map(({ kind, input }) => ({ result: APPLY[kind](this.#context, input as never) }));
    } catch (error) {
      // One that is alone has nobody to be kept from harm: it fails with its transaction.
      if (commands.length === 1) throw error;
      this.#careful = CAREFUL;
      const { sqlite } = this.#context.db;
      // A full disk has rolled it back already.
      if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
      this.#start();
      return null;
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
