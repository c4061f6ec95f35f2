import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { createScheduledReader } from "../../db/scheduled.ts";
import type { ScheduledRow } from "../../db/schema.ts";
import type { Writer } from "../../db/writer.ts";
import type { Draft } from "../rules/draft.ts";
import { encodeDraft } from "../rules/notification.ts";
import { decodeWaiting } from "../rules/waiting.ts";
import { DueWork, doEach } from "./due_work.ts";

/** What delivering at its time needs. */
export interface ScheduleOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  /** Why something must not be sent, although it is due; null: nothing speaks against it. */
  readonly objection: (row: ScheduledRow, draft: Draft) => string | null;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Starts to put what waits into the log when it is due: in the order of its times, each once, also after a crash. */
export function startSchedule(options: ScheduleOptions): AsyncDisposable {
  const { db, writer, now, onError } = options;
  return new DueWork({
    reader: createScheduledReader(db),
    listen: (expect) =>
      writer.onCommit((committed) => {
        for (const { command } of committed) {
          if (command.kind === "scheduled.create") expect(command.input.row.dueAt);
          if (command.kind === "scheduled.update") expect(command.input.changes.dueAt ?? 0);
        }
      }),
    act: (due) => doEach(due, (row) => send(row, options)),
    now,
    onError,
  });
}

async function send(row: ScheduledRow, options: ScheduleOptions): Promise<void> {
  const { objection, writer, now } = options;
  const { draft } = decodeWaiting(row.json);
  const at = now();
  const reason = draft.expiresAt && draft.expiresAt.at <= at ? "it has expired" : objection(row, draft);
  if (reason) return await drop(row, reason, options);
  const { sender, userId, tokenId, claims } = row;
  const orderer = { userId, tokenId, claims };
  const entry = encodeDraft(draft, { sender, tokenId: tokenId ?? undefined, orderer, createdAt: at });
  try {
    await writer.execute({ kind: "scheduled.release", input: { read: readOf(row), entry } });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    await drop(row, "its channel is gone", options);
  }
}

async function drop(row: ScheduledRow, reason: string, { writer, now }: ScheduleOptions): Promise<void> {
  const audited = { actor: { id: "system" }, at: now() };
  await writer.execute({ kind: "scheduled.drop", input: { ...audited, read: readOf(row), reason } });
}

function readOf({ id, dueAt, json }: ScheduledRow) {
  return { id, dueAt, json };
}
