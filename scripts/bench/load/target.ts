/** Where and how a load process publishes and reads. Plain values: they come over IPC. */
import { draftFor } from "./draft.ts";
import { type Address, postRequest } from "./keep_alive.ts";

/** A server as the load sees it. */
export interface Target extends Address {
  /** `rest`: POST /api/notifications; `trpc`: the mutation; `raw`: the same body to `publishPath` (peers). */
  readonly publish: "rest" | "trpc" | "raw";
  /** For `raw`. */
  readonly publishPath?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a request publishes. */
export interface PublishOptions {
  readonly channel: string;
  /** Notifications in one request; more than one only for `trpc`. */
  readonly batch?: number;
  /** Characters of the message. */
  readonly padding?: number | undefined;
}

/** The header of a JSON body. */
export const JSON_CONTENT = { "content-type": "application/json" } as const;

/** The text of a request that publishes, stamped with this moment. */
export function publishRequest(target: Target, { channel, batch = 1, padding }: PublishOptions): string {
  const headers = { ...target.headers, ...JSON_CONTENT };
  if (batch > 1) {
    const drafts = Array.from({ length: batch }, (_, index) => [index, draftFor(channel, padding)] as const);
    const path = `/trpc/${drafts.map(() => "notifications.publish").join(",")}?batch=1`;
    return postRequest(path, JSON.stringify(Object.fromEntries(drafts)), headers);
  }
  const paths = { rest: "/api/notifications", trpc: "/trpc/notifications.publish", raw: target.publishPath ?? "/" };
  return postRequest(paths[target.publish], JSON.stringify(draftFor(channel, padding)), headers);
}
