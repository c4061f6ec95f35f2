import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { createDueReader, type DueReader } from "../../db/scheduled.ts";
import type { ScheduledRow } from "../../db/schema.ts";
import type { Committed, Writer } from "../../db/writer.ts";
import type { Draft } from "../rules/draft.ts";
import { encodeDraft } from "../rules/notification.ts";
import { decodeWaiting } from "../rules/waiting.ts";
import { Chore } from "./chore.ts";

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

/** Notifications that are released together. */
const BATCH = 100;

/** Puts what waits into the log when it is due: in the order of its times, each once, also after a crash. */
export class Schedule implements AsyncDisposable {
  readonly #options: ScheduleOptions;
  readonly #reader: DueReader;
  readonly #chore: Chore;
  readonly #subscription: Disposable;

  constructor(options: ScheduleOptions) {
    const { db, writer, now, onError } = options;
    this.#options = options;
    this.#reader = createDueReader(db);
    this.#chore = new Chore({ work: (signal) => this.#release(signal), now, onError });
    this.#subscription = writer.onCommit((committed) => this.#learn(committed));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#chore[Symbol.asyncDispose]();
  }

  #learn(committed: readonly Committed[]): void {
    for (const { command } of committed) {
      if (command.kind === "scheduled.create") this.#chore.expect(command.input.row.dueAt);
      if (command.kind === "scheduled.update") this.#chore.expect(command.input.changes.dueAt ?? 0);
    }
  }

  async #release(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const due = this.#reader.due(this.#options.now(), BATCH);
      if (due.length === 0) break;
      // Handed to the writer in this order, and in one turn.
      const outcomes = await Promise.allSettled(due.map((row) => this.#send(row)));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed) throw failed.reason;
    }
    return this.#reader.next();
  }

  async #send(row: ScheduledRow): Promise<void> {
    const { objection, writer, now } = this.#options;
    const { draft } = decodeWaiting(row.json);
    const at = now();
    const reason = draft.expiresAt && draft.expiresAt.at <= at ? "it has expired" : objection(row, draft);
    if (reason) return await this.#drop(row, reason);
    const { sender, userId, tokenId, claims } = row;
    const orderer = { userId, tokenId, claims };
    const entry = encodeDraft(draft, { sender, tokenId: tokenId ?? undefined, orderer, createdAt: at });
    try {
      await writer.execute({ kind: "scheduled.release", input: { read: readOf(row), entry } });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      await this.#drop(row, "its channel is gone");
    }
  }

  async #drop(row: ScheduledRow, reason: string): Promise<void> {
    const { writer, now } = this.#options;
    const audited = { actor: { id: "system" }, at: now() };
    await writer.execute({ kind: "scheduled.drop", input: { ...audited, read: readOf(row), reason } });
  }
}

function readOf({ id, dueAt, json }: ScheduledRow) {
  return { id, dueAt, json };
}
