import { BatchRunner } from "./batch_runner.ts";
import type { Command, CommandKind, CommandResult } from "./commands.ts";
import { type Database, openDatabase } from "./database.ts";
import { fromErrorValue } from "./errors.ts";
import { createAppender } from "./notifications.ts";

/** Writes in the thread that asks, which waits: for a program that has a command or two to write and nobody to serve. */
export class DirectWriter implements Disposable {
  readonly #db: Database;
  readonly #runner: BatchRunner;

  /** Opens the database of a data folder. @throws {DatabaseOpenError} when it cannot be opened. */
  constructor(folder: string) {
    this.#db = openDatabase(folder);
    this.#runner = new BatchRunner({ db: this.#db, appender: createAppender(this.#db) });
  }

  /** Applies one command, as the writer's thread does; it is on disk when this returns. */
  execute<K extends CommandKind>(command: Command<K>): CommandResult<K> {
    const [outcome] = this.#runner.run([command as Command]);
    if (!outcome) throw new Error("Cannot write: the writer gave no answer");
    if ("error" in outcome) throw fromErrorValue(outcome.error);
    return outcome.result as CommandResult<K>;
  }

  [Symbol.dispose](): void {
    this.#db[Symbol.dispose]();
  }
}
