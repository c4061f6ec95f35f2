import { listChannels } from "../../db/channels.ts";
import { type Command, isAsked } from "../../db/commands.ts";
import type { Database } from "../../db/database.ts";
import { NotFoundError } from "../../db/errors.ts";
import { listGrants } from "../../db/grants.ts";
import type { UserRow } from "../../db/schema.ts";
import { VersionFollower } from "../../db/version_follower.ts";
import type { Writer } from "../../db/writer.ts";
import { type ChannelAccess, type Grant, may, type Permission } from "../rules/access.ts";
import { type Caller, toSubject } from "./caller.ts";
import { AccessError, requireSomebody } from "./guard.ts";

/**
 * Who may do what on which channel, in memory, because every publish asks. Follows changes at once where this process
 * makes them, within half a second where the command line does.
 */
export class AccessBook implements Disposable {
  readonly #db: Database;
  readonly #follower: VersionFollower;
  readonly #listeners = new Set<() => void>();
  #channels: ReadonlyMap<string, ChannelAccess> = new Map();

  constructor(db: Database, writer: Writer) {
    this.#db = db;
    const read = () => this.#reread();
    this.#follower = new VersionFollower({ db, writer, of: "access", mayChange: mayChangeAccess, read });
  }

  /** Whether a channel exists. */
  hasChannel(name: string): boolean {
    return this.#channels.has(name);
  }

  /** Whether a caller has a permission on a channel; false when there is none. */
  may(caller: Caller, permission: Permission, name: string): boolean {
    const channel = this.#channels.get(name);
    return channel !== undefined && may(toSubject(caller), permission, channel);
  }

  /** Whether a user has a permission on a channel by what the hub knows of both, whatever a JWT may add to that. */
  mayUser({ id, role }: Pick<UserRow, "id" | "role">, permission: Permission, name: string): boolean {
    const channel = this.#channels.get(name);
    const subject = {
      user: id,
      isSignedIn: true,
      isAdmin: role === "admin",
      scopes: null,
      patterns: null,
      claims: null,
    };
    return channel !== undefined && may(subject, permission, channel);
  }

  /** Refuses a caller who has not a permission on a channel. @throws {AccessError} {NotFoundError} */
  require(
    caller: Caller,
    permission: Permission,
    { name, action }: { readonly name: string; readonly action: string },
  ): void {
    // Another process may have made it a moment ago.
    if (!this.#channels.has(name)) this.#follower.look();
    const channel = this.#channels.get(name);
    if (channel && may(toSubject(caller), permission, channel)) return;
    requireSomebody(caller, action);
    if (!channel) throw new NotFoundError(`Cannot ${action}: there is no channel "${name}"; create it first`);
    throw new AccessError("FORBIDDEN", `Cannot ${action}: you have no ${permission} permission on channel "${name}"`);
  }

  /** Refuses a caller who may not publish to a channel, or to those that it escalates to. @throws {AccessError} {NotFoundError} */
  requirePublish(
    caller: Caller,
    {
      channel,
      escalate,
    }: { readonly channel: string; readonly escalate?: { readonly to: readonly string[] } | undefined },
    action = "publish",
  ): void {
    this.require(caller, "publish", { name: channel, action });
    for (const name of escalate?.to ?? []) this.require(caller, "publish", { name, action: `${action} with escalate` });
  }

  /** Whether a caller may know of a channel: it may read it, or publish to it. */
  knows(caller: Caller, name: string): boolean {
    return this.may(caller, "read", name) || this.may(caller, "publish", name);
  }

  /** The channels on which a caller has a permission. */
  channelsOf(caller: Caller, permission: Permission): Set<string> {
    const subject = toSubject(caller);
    const channels = [...this.#channels.values()].filter((channel) => may(subject, permission, channel));
    return new Set(channels.map(({ name }) => name));
  }

  /**
   * The channels that a caller follows: those wanted, or all that it may read; null: all that there are and will be.
   *
   * @throws {AccessError} {NotFoundError} when one that is wanted may not be read, or nobody asks for all.
   */
  readable(
    caller: Caller,
    { wanted, action }: { readonly wanted?: readonly string[] | undefined; readonly action: string },
  ) {
    for (const name of wanted ?? []) this.require(caller, "read", { name, action });
    if (wanted) return new Set(wanted);
    const { isAdmin, patterns, scopes } = toSubject(requireSomebody(caller, action));
    if (scopes && !scopes.has("read") && !scopes.has("admin")) {
      throw new AccessError("FORBIDDEN", `Cannot ${action}: this token has not the scope "read"`);
    }
    const isUnlimited = isAdmin && (!patterns || patterns.includes("*"));
    return isUnlimited ? null : this.channelsOf(caller, "read");
  }

  /** The grants of a channel. */
  grantsOf(name: string): readonly Grant[] {
    return this.#channels.get(name)?.grants ?? [];
  }

  /** Calls the listener after each change of who may do what: channels, grants, users, tokens, sessions. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#follower[Symbol.dispose]();
  }

  #reread(): void {
    this.#channels = readChannels(this.#db);
    for (const listener of this.#listeners) listener();
  }
}

/** Whether it is worth a look: publishing and the work in the background, most of what is written, change no rights. */
function mayChangeAccess(command: Command): boolean {
  return !command.kind.startsWith("notification.") && isAsked(command);
}

function readChannels(db: Database): Map<string, ChannelAccess> {
  const grants = Map.groupBy(listGrants(db), ({ channel }) => channel);
  return new Map(listChannels(db).map(({ name }) => [name, { name, grants: grants.get(name) ?? [] }]));
}
