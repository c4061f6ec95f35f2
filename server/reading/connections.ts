import { NotFoundError } from "../../db/errors.ts";
import type { Writer } from "../../db/writer.ts";
import { actorOf, type Caller, callerId, NOBODY } from "../auth/caller.ts";
import { requireAdmin } from "../auth/guard.ts";
import type { Hub } from "../hub/hub.ts";
import type { Follower } from "./follower.ts";

/** An open stream as admins see it. */
export interface ConnectionView {
  readonly clientId: string;
  /** Who came: a user's id or `token:<name>`; null: nobody. */
  readonly caller: string | null;
  /** Whose targeted notifications it is given; null: nobody's. */
  readonly user: string | null;
  /** The channels that it follows; null: all that there are and will be. */
  readonly channels: readonly string[] | null;
  /** `trpc`, `sse`, or `other`: iterated by another handler. */
  readonly transport: string;
  readonly state: "live" | "catching up" | "stalled";
  /** How many ids it is behind the newest notification. */
  readonly lag: number;
  /** When it was opened, ISO 8601. */
  readonly since: string;
}

/** A page of connections, the oldest first. */
export interface ConnectionPage {
  readonly items: readonly ConnectionView[];
  /** `after` of the next page; null: there is none. */
  readonly next: number | null;
}

/** Which page of connections. */
export interface ConnectionPageInput {
  readonly after: number;
  readonly limit: number;
}

/** What looking after connections needs. */
export interface ConnectionOptions {
  readonly hub: Hub;
  readonly follower: Follower;
  readonly writer: Writer;
  readonly now: () => number;
}

/** Shows admins the open streams, and closes them. */
export class Connections {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** One page. @throws {AccessError} for all but admins. */
  list({ after, limit }: ConnectionPageInput, caller: Caller): ConnectionPage {
    requireAdmin(caller, "list connections");
    const { hub, follower } = this.#options;
    const items: ConnectionView[] = [];
    let last = after;
    for (const [{ serial, filter, state, cursor, outlet }, { caller: opener, since }] of follower.streams()) {
      if (serial <= after) continue;
      if (items.length === limit) return { items, next: last };
      last = serial;
      items.push({
        clientId: hub.clientIds.of(serial),
        caller: nameOf(opener),
        user: filter.user,
        channels: filter.channels && [...filter.channels].sort(),
        transport: outlet?.transport ?? "other",
        state: outlet?.isFull ? "stalled" : state === "live" ? "live" : "catching up",
        lag: state === "live" ? 0 : hub.head - cursor,
        since: new Date(since).toISOString(),
      });
    }
    return { items, next: null };
  }

  /** Ends one; its client comes back where it was. @throws {AccessError} {NotFoundError} */
  async close(clientId: string, from: { readonly caller: Caller; readonly address: string }): Promise<null> {
    const caller = requireAdmin(from.caller, "close a connection");
    const { hub, follower, writer, now } = this.#options;
    const reader = hub.find(clientId);
    if (!reader) throw new NotFoundError(`Cannot close connection "${clientId}": there is none with this id`);
    const who = nameOf(follower.openedBy(reader)?.caller) ?? "nobody";
    reader.close("closed");
    const actor = actorOf({ caller, address: from.address });
    const input = { actor, at: now(), action: "connection.close", target: `${clientId} of ${who}` } as const;
    return await writer.execute({ kind: "audit.append", input });
  }
}

function nameOf(caller: Caller = NOBODY): string | null {
  return caller.kind === "nobody" ? null : callerId(caller);
}
