/** The writer's own thread: it holds the only connection that writes. Started by writer.ts, imported by nobody. */
import { parentPort, workerData } from "node:worker_threads";
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

function applyOne<K extends CommandKind>(context: WriteContext, { kind, input }: Command<K>): Outcome {
  const { sqlite } = context.db;
  try {
    sqlite.exec("SAVEPOINT command");
    const result = APPLY[kind](context, input);
    sqlite.exec("RELEASE command");
    return { result };
  } catch (error) {
    // A full disk rolls the whole transaction back; then the batch fails as one.
    if (!sqlite.inTransaction) throw error;
    sqlite.exec("ROLLBACK TO command; RELEASE command");
    return { error: toErrorValue(error) };
  }
}

/** One batch is one transaction with a savepoint for each command, so that one failure harms no other. */
function applyBatch(context: WriteContext, commands: readonly Command[]): Outcome[] {
  const { sqlite } = context.db;
  try {
    sqlite.exec("BEGIN IMMEDIATE");
    context.appender.begin();
    const outcomes = commands.map((command) => applyOne(context, command));
    sqlite.exec("COMMIT");
    return outcomes;
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
    return commands.map(() => ({ error: toErrorValue(error) }));
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
  const context = { db, appender: createAppender(db) };
  port.on("message", (commands: readonly Command[] | "close") => {
    if (commands === "close") {
      db[Symbol.dispose]();
      port.close();
      return;
    }
    const start = performance.now();
    const outcomes = applyBatch(context, commands);
    post({ outcomes, commitMs: performance.now() - start });
  });
  post({ ready: true });
}

if (parentPort) run(parentPort, (workerData as { readonly folder: string }).folder);
