import { openDatabase } from "../db/database.ts";
import type { LogEntry } from "../db/event_log.ts";
import { SqliteLog } from "../db/sqlite_log.ts";
import { Writer } from "../db/writer.ts";

/** An open log with the writer behind it. */
export interface TestLog extends AsyncDisposable {
  readonly log: SqliteLog;
  readonly writer: Writer;
}

/** Opens the log of a data folder as the server does. */
export async function openTestLog(folder: string): Promise<TestLog> {
  await using stack = new AsyncDisposableStack();
  const writer = stack.use(await Writer.start(folder));
  const db = stack.use(openDatabase(folder, { readonly: true }));
  const log = stack.use(new SqliteLog(db, writer));
  const parts = stack.move();
  return { log, writer, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** Makes a channel. */
export async function makeChannel(writer: Writer, name: string): Promise<void> {
  await writer.execute({
    kind: "channel.create",
    input: { actor: { id: "system" }, at: 0, name, description: "" },
  });
}

/** An entry of a channel; what is not told is the plainest possible. */
export function makeEntry(channel: string, fields: Partial<LogEntry> = {}): LogEntry {
  const entry = {
    channel,
    event: "notification",
    type: "notification",
    severity: 0,
    recipients: null,
    sender: "test",
    createdAt: 0,
    ...fields,
  };
  const { event, type } = entry;
  return { tail: `${JSON.stringify({ channel, event, type, message: "m" }).slice(1)}`, ...entry };
}
