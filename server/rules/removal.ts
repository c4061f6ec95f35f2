import { z } from "zod";
import type { EncodedDraft } from "./notification.ts";
import { SEVERITIES } from "./severity.ts";
import type { Removed } from "./stream_item.ts";

/** What may be asked of a removal. */
export const removeInput = z.strictObject({
  id: z.int().positive(),
  /** For the audit trail; readers are not told. */
  reason: z.string().trim().max(500).default(""),
});

/** A checked {@linkcode removeInput}. */
export type RemoveInput = z.output<typeof removeInput>;

/** What is known of a notification that is removed. */
export interface RemovedParts extends Pick<EncodedDraft, "channel" | "type" | "severity" | "recipients"> {
  readonly id: number;
}

/** Who removes it, and when (unix ms). */
export interface RemovalStamp {
  readonly sender: string;
  readonly createdAt: number;
}

/** Encodes the record that takes a notification off every screen: whoever could be given the one is given the other. */
export function encodeRemoved(parts: RemovedParts, { sender, createdAt }: RemovalStamp): EncodedDraft {
  const { id, channel, type, severity, recipients } = parts;
  const body: Omit<Removed, "id" | "cursor"> = {
    ...{ channel, event: "removed", type, severity: SEVERITIES[severity] ?? "info", removed: id },
    ...(recipients && { to: recipients }),
    ...{ sender, timestamp: new Date(createdAt).toISOString() },
  };
  const tail = JSON.stringify(body).slice(1);
  return { channel, event: "removed", type, severity, recipients, sender, createdAt, tail };
}
