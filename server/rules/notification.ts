import type { Draft } from "./draft.ts";
import { type Severity, severityRank } from "./severity.ts";

/** A button on a notification. */
export interface NotificationAction {
  readonly label: string;
  readonly url: string;
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
}

/** What a publisher sent and the log has committed, as readers get it. */
export interface Notification {
  readonly id: number;
  /** Resume position: what follows this notification. */
  readonly cursor: string;
  readonly channel: string;
  /** `notification` (a message for people) or any other name (a signal for programs). */
  readonly event: string;
  readonly type: string;
  /** Version of a registered type. */
  readonly typeVersion?: number;
  readonly severity: Severity;
  readonly title?: string;
  readonly message?: string;
  readonly format?: "text" | "markdown";
  readonly link?: string;
  readonly icon?: string;
  readonly tags?: readonly string[];
  readonly actions?: readonly NotificationAction[];
  /** Milliseconds on screen. */
  readonly duration?: number;
  /** Replaces, on screens, the earlier notification of the channel with the same key. */
  readonly key?: string;
  /** User ids; absent: all who may read the channel. */
  readonly to?: readonly string[];
  /** Who has to acknowledge it; absent: nobody. */
  readonly ack?: "anyone" | "everyone";
  /** Of a copy that was sent because nobody acknowledged: id of the notification to acknowledge. */
  readonly original?: number;
  /** ISO 8601; from then on nobody is given it any more. */
  readonly expiresAt?: string;
  readonly sender: string;
  /** When it was published, ISO 8601. */
  readonly timestamp: string;
  readonly read: boolean;
  readonly data?: unknown;
}

/** A draft ready for the log: the columns that filters need, and its JSON without the head that the log adds. */
export interface EncodedDraft {
  readonly channel: string;
  readonly event: string;
  readonly type: string;
  readonly severity: number;
  readonly recipients: readonly string[] | null;
  readonly sender: string;
  readonly createdAt: number;
  readonly key?: string;
  readonly expiresAt?: number;
  readonly ack?: "anyone" | "everyone";
  readonly escalate?: { readonly after: number; readonly channels: readonly string[]; readonly orderer?: string };
  readonly original?: number;
  readonly tokenId?: number;
  readonly tail: string;
}

/** Who publishes, and when (unix ms). */
export interface Stamp {
  readonly sender: string;
  /** Of a sender that is a token: its id; 0: `BELFRY_ADMIN_TOKEN`. */
  readonly tokenId?: number | undefined;
  /** Whose rights it needs to be sent again to other channels (see server/auth/orderer.ts). */
  readonly orderer?: object | undefined;
  readonly createdAt: number;
  /** Of a copy that is sent again: id of the notification to acknowledge. */
  readonly original?: number;
}

/**
 * Encodes a draft once and for all. `data` comes last, so that {@linkcode dataText} finds it without parsing.
 */
export function encodeDraft(draft: Draft, { sender, tokenId, orderer, createdAt, original }: Stamp): EncodedDraft {
  const { channel, event, type = event, severity, to, data, ephemeral, expiresAt, escalate, ...rest } = draft;
  // How it gets there is no part of what it says.
  const { deliverAt: _, idempotencyKey: __, toClient: ___, ...content } = rest;
  const recipients = to === undefined ? null : [...new Set(Array.isArray(to) ? to : [to])];
  const text = JSON.stringify({
    ...{ channel, event, type, severity, ...content, ...(recipients && { to: recipients }) },
    ...(original !== undefined && { original }),
    ...(expiresAt && { expiresAt: new Date(expiresAt.at).toISOString() }),
    ...{ sender, timestamp: new Date(createdAt).toISOString(), ...(ephemeral ? { ephemeral } : { read: false }) },
  });
  const end = data === undefined ? "}" : `,"data":${JSON.stringify(data)}}`;
  const tail = text.slice(1, -1) + end;
  return {
    ...{ channel, event, type, severity: severityRank(severity), recipients, sender, createdAt, tail },
    ...(content.key !== undefined && { key: content.key }),
    ...(expiresAt && { expiresAt: expiresAt.at }),
    ...(content.ack && { ack: content.ack }),
    ...(escalate && {
      escalate: {
        ...{ after: escalate.after, channels: escalate.to },
        ...(orderer && { orderer: JSON.stringify(orderer) }),
      },
    }),
    ...(original !== undefined && { original }),
    ...(tokenId !== undefined && { tokenId }),
  };
}

/**
 * The JSON text of `data` inside a notification's JSON; undefined when it has none.
 *
 * Safe without parsing: inside a JSON string every quote follows a backslash, so `,"data":` can only be a member, and
 * no other member holds an object with that name (see {@linkcode NotificationAction}).
 */
export function dataText(json: string): string | undefined {
  const at = json.indexOf(',"data":');
  return at < 0 ? undefined : json.slice(at + ',"data":'.length, -1);
}
