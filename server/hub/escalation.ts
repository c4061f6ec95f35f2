import type { Sent } from "../../db/acknowledgements.ts";
import { entryOf } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { createEscalationReader, type DueEscalation, type EscalationReader } from "../../db/escalations.ts";
import type { Committed, Writer } from "../../db/writer.ts";
import { encodeCopy } from "../rules/copy.ts";
import { Chore } from "./chore.ts";

/** What sending again needs. */
export interface EscalationOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  /** Whether nobody has to acknowledge a notification any more. */
  readonly isSettled: (sent: Sent) => boolean;
  /** Why somebody (JSON) must not have it sent to another channel any more; null: nothing speaks against it. */
  readonly stepObjection: (orderer: string | null, channel: string) => string | null;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Copies that are sent together. */
const BATCH = 100;

/**
 * Sends again what nobody has acknowledged in time: to its own channel, or to the next of the channels that its
 * publisher named and may still publish to, until somebody does, it is removed or it expires. What was due several times while the hub slept is
 * sent once.
 */
export class Escalation implements AsyncDisposable {
  readonly #options: EscalationOptions;
  readonly #reader: EscalationReader;
  readonly #chore: Chore;
  readonly #subscription: Disposable;

  constructor(options: EscalationOptions) {
    const { db, writer, now, onError } = options;
    this.#options = options;
    this.#reader = createEscalationReader(db);
    this.#chore = new Chore({ work: (signal) => this.#escalate(signal), now, onError });
    this.#subscription = writer.onCommit((committed) => this.#learn(committed));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#chore[Symbol.asyncDispose]();
  }

  #learn(committed: readonly Committed[]): void {
    for (const { command } of committed) {
      const entry = entryOf(command);
      if (entry?.escalate) this.#chore.expect(entry.createdAt + entry.escalate.after);
    }
  }

  async #escalate(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const due = this.#reader.due(this.#options.now(), BATCH);
      if (due.length === 0) break;
      // Handed to the writer in this order, and in one turn.
      const outcomes = await Promise.allSettled(due.map((each) => this.#fire(each)));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed) throw failed.reason;
    }
    return this.#reader.next();
  }

  async #fire(due: DueEscalation): Promise<void> {
    const { writer, isSettled, stepObjection, now } = this.#options;
    const { id, step, after, channels } = due;
    const at = now();
    if ((due.expiresAt !== null && due.expiresAt <= at) || isSettled(due)) {
      await writer.execute({ kind: "escalation.end", input: { id } });
      return;
    }
    const channel = channels[Math.min(step, channels.length - 1)] ?? due.channel;
    // Whoever reads its own channel has it already.
    const reason = channel === due.channel ? null : stepObjection(due.orderer, channel);
    if (reason !== null) {
      const nextAt = step < channels.length - 1 ? at : null;
      const skipped = { id, step, nextAt, target: `${due.channel} #${id}`, channel, reason };
      await writer.execute({ kind: "escalation.skip", input: { actor: { id: "system" }, at, ...skipped } });
      return;
    }
    const entry = encodeCopy(due, { channel, createdAt: at });
    await writer.execute({ kind: "escalation.fire", input: { id, step, nextAt: at + after, entry } });
  }
}
