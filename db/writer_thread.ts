/** The writer's own thread: it holds the only connection that writes. Started by writer.ts, imported by nobody. */
import { parentPort, workerData } from "node:worker_threads";
import { BatchRunner, type Outcome } from "./batch_runner.ts";
import type { Command } from "./commands.ts";
import { type Database, openDatabase } from "./database.ts";
import { type ErrorValue, toErrorValue } from "./errors.ts";
import { createAppender } from "./notifications.ts";

/** What the thread tells: ready, failed to open, or what became of a batch (`commitMs`: how long its transaction took). */
export type ThreadMessage =
  | { readonly ready: true }
  | { readonly failed: ErrorValue }
  | { readonly outcomes: readonly Outcome[]; readonly commitMs: number };

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
