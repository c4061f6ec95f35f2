import { dataText, type EncodedDraft, type Notification } from "./notification.ts";

/** What of a stored notification its copy repeats. */
export interface Original
  extends Pick<EncodedDraft, "channel" | "event" | "type" | "severity" | "recipients" | "sender"> {
  readonly id: number;
  readonly tokenId: number | null;
  readonly key: string | null;
  readonly ack: "anyone" | "everyone" | null;
  /** Unix milliseconds. */
  readonly expiresAt: number | null;
  readonly json: string;
}

/**
 * Encodes the copy of a notification that nobody has acknowledged, to be sent to a channel: the same in everything but
 * its time, its channel and that it names its original.
 */
export function encodeCopy(
  { id, recipients, sender, tokenId, key, ack, expiresAt, json, ...original }: Original,
  { channel, createdAt }: { readonly channel: string; readonly createdAt: number },
): EncodedDraft {
  const { id: _, cursor: __, data: ___, ...content } = JSON.parse(json) as Notification;
  const text = JSON.stringify({
    ...content,
    ...{ channel, original: id, timestamp: new Date(createdAt).toISOString() },
  });
  const data = dataText(json);
  return {
    ...{ event: original.event, type: original.type, severity: original.severity, sender, channel, createdAt },
    recipients,
    original: id,
    ...(key !== null && { key }),
    ...(expiresAt !== null && { expiresAt }),
    ...(ack !== null && { ack }),
    ...(tokenId !== null && { tokenId }),
    tail: text.slice(1, -1) + (data === undefined ? "}" : `,"data":${data}}`),
  };
}
