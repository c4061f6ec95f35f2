import { afterAll, beforeAll } from "vitest";
import type { EventLog } from "../../db/event_log.ts";
import { SSE_FORMAT } from "../../server/http/sse_format.ts";
import type { Filter } from "../../server/hub/filter.ts";
import { Wire } from "../../server/hub/frame.ts";
import { createTrpcFormat } from "../../server/trpc/wire.ts";
import { makeChannel, openTestLog, type TestLog } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

/** Wants all that is addressed to nobody. */
export const EVERYTHING: Filter = { channels: null, types: null, minSeverity: 0, user: null, seesTargeted: false };

/** Both formats of a stream, not in chunks. */
export const WIRES = {
  typed: new Wire(createTrpcFormat({}), { chunked: false }),
  plain: new Wire(SSE_FORMAT, { chunked: false }),
};

/** Everything that waits for this turn of the event loop happens. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Fails the test where nothing may go wrong. */
export function fail(error: unknown): never {
  throw error;
}

/** A log that reads in another way, and is as it was in all else. */
export function withRead(log: EventLog, read: EventLog["read"]): EventLog {
  return {
    epoch: log.epoch,
    head: () => log.head(),
    oldest: (channels) => log.oldest(channels),
    trimmed: (channels) => log.trimmed(channels),
    append: (entry) => log.append(entry),
    trim: (through, options) => log.trim(through, options),
    onCommit: (listener) => log.onCommit(listener),
    read,
  };
}

/** A log that is open for all tests of a file. */
export interface FileLog extends Pick<TestLog, "log" | "writer"> {
  /** Its data folder. */
  readonly path: string;
}

/** Opens a log with these channels before the first test of the file that calls this, and closes it after the last. */
export function useTestLog(channels: readonly string[]): FileLog {
  const folder = makeTempFolder();
  let open: TestLog;
  beforeAll(async () => {
    open = await openTestLog(folder.path);
    for (const name of channels) await makeChannel(open.writer, name);
  });
  afterAll(async () => {
    await open[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  return {
    path: folder.path,
    get log() {
      return open.log;
    },
    get writer() {
      return open.writer;
    },
  };
}
