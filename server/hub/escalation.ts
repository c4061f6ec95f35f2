import type { Sent } from "../../db/acknowledgements.ts";
import { entryOf } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { createEscalationReader, type DueEscalation } from "../../db/escalations.ts";
import type { Writer } from "../../db/writer.ts";
import { encodeCopy } from "../rules/copy.ts";
import { DueWork, doEach } from "./due_work.ts";

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

/**
 * Starts to send again what nobody has acknowledged in time: to its own channel, or to the next of the channels that its
 * publisher named and may still publish to, until somebody does, it is removed or it expires. What was due several
 * times while the hub slept is sent once.
 */
export function startEscalation(options: EscalationOptions): AsyncDisposable {
  const { db, writer, now, onError } = options;
  return new DueWork({
    reader: createEscalationReader(db),
    listen: (expect) =>
      writer.onCommit((committed) => {
        for (const { command } of committed) {
          const entry = entryOf(command);
          if (entry?.escalate) expect(entry.createdAt + entry.escalate.after);
        }
      }),
    act: (due) => doEach(due, (each) => fire(each, options)),
    now,
    onError,
  });
}

async function fire(due: DueEscalation, { writer, isSettled, stepObjection, now }: EscalationOptions): Promise<void> {
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
