import type { AcknowledgementCommands } from "./acknowledgements.ts";
import type { AuditEntry } from "./audit.ts";
import type { DeliveryCommands } from "./deliveries.ts";
import type { EscalationCommands } from "./escalations.ts";
import type { LogEntry } from "./event_log.ts";
import type { GrantValue } from "./grants.ts";
import type { IdempotencyCommands } from "./idempotency.ts";
import type { PublicUrlCommands } from "./public_url.ts";
import type { ReadCommands } from "./read_marks.ts";
import type { RemovalCommands } from "./removal.ts";
import type { Retention, RetentionCommands } from "./retention.ts";
import type { ScheduledCommands } from "./scheduled.ts";
import type { ChannelRow, TokenRow, UserRow } from "./schema.ts";
import type { SearchCommands } from "./search.ts";
import type { TypeCommands } from "./types.ts";
import type { UsageCommands } from "./usage.ts";

/** Who gives a command, for the audit trail. */
export interface Actor {
  /** A user id, `token:<name>`, `cli` or `system`. */
  readonly id: string;
  readonly address?: string;
}

/** What every audited command carries. `at` is unix milliseconds. */
export interface Audited {
  readonly actor: Actor;
  readonly at: number;
}

/** A user to make; `passwordHash` in the format of server/auth/password.ts. */
export interface NewUser {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly role: UserRow["role"];
  readonly passwordHash: string | null;
  /** Default: false. */
  readonly isFromApplication?: boolean;
}

/** A token to make; `userId` null: bound to no user. */
export interface NewToken {
  readonly name: string;
  readonly prefix: string;
  readonly hash: string;
  readonly userId: string | null;
  readonly scopes: readonly string[];
  readonly patterns: readonly string[];
  readonly expiresAt: number | null;
}

/** What may be changed of a user; absent: stays. */
export type UserChanges = Partial<Pick<UserRow, "email" | "name" | "role" | "disabledAt">>;

/** A grant on a channel, named. */
export interface ChannelGrant {
  readonly channel: string;
  readonly grant: GrantValue;
}

/** Every kind of write, with its input and its result. A write is a plain value, so it can cross a thread or a network. */
export interface Commands
  extends AcknowledgementCommands,
    DeliveryCommands,
    EscalationCommands,
    ReadCommands,
    RemovalCommands,
    RetentionCommands,
    ScheduledCommands,
    IdempotencyCommands,
    TypeCommands,
    PublicUrlCommands,
    SearchCommands,
    UsageCommands {
  "notification.append": { input: LogEntry; result: number };
  /** Without `retention` it keeps everything; without `read` everyone signed in reads it. */
  "channel.create": {
    input: Audited & {
      readonly name: string;
      readonly description: string;
      readonly read?: "everyone" | "nobody";
      readonly retention?: Retention;
    };
    result: ChannelRow;
  };
  "channel.update": {
    input: Audited & {
      readonly name: string;
      readonly changes: {
        readonly description?: string | undefined;
        readonly retention?: Retention | undefined;
      };
    };
    result: ChannelRow;
  };
  "grant.add": { input: Audited & ChannelGrant; result: null };
  "grant.remove": { input: Audited & ChannelGrant; result: null };
  /** Makes the first admin. Fails when there is one already, also when two arrive at once. */
  "user.createFirst": { input: Audited & { readonly user: NewUser }; result: UserRow };
  /** `adopts`: whoever had the id before and was deleted, this one gets what was sent to it. */
  "user.create": { input: Audited & { readonly user: NewUser; readonly adopts?: boolean }; result: UserRow };
  "user.update": { input: Audited & { readonly id: string; readonly changes: UserChanges }; result: UserRow };
  "user.delete": { input: Audited & { readonly id: string }; result: null };
  /** Ends the user's sessions but `keepSession` (a hash). Fails when `replaces` is not the user's hash any more. */
  "user.setPassword": {
    input: Audited & {
      readonly id: string;
      readonly replaces: string;
      readonly passwordHash: string;
      readonly keepSession: string | null;
    };
    result: null;
  };
  "link.create": {
    input: Audited & { readonly userId: string; readonly hash: string; readonly expiresAt: number };
    result: null;
  };
  "link.use": { input: Audited & { readonly hash: string; readonly passwordHash: string }; result: null };
  /** `passwordHash`: the one that was checked. Fails when the user has another by now, is disabled or gone. */
  "session.create": {
    input: Audited & {
      readonly hash: string;
      readonly userId: string;
      readonly passwordHash: string;
      readonly expiresAt: number;
      readonly userAgent: string;
    };
    result: null;
  };
  "session.extend": {
    input: { readonly hash: string; readonly expiresAt: number; readonly lastUsedAt: number };
    result: null;
  };
  "session.delete": { input: Audited & { readonly hash: string; readonly userId: string }; result: null };
  "token.create": { input: Audited & NewToken; result: TokenRow };
  "token.touch": { input: { readonly id: number; readonly at: number; readonly address: string }; result: null };
  /** `userId`: only a token of this user; null: anybody's. */
  "token.revoke": { input: Audited & { readonly id: number; readonly userId: string | null }; result: TokenRow };
  /** `change`: JSON to merge into what is stored, or to put in its place; answers with what is stored. */
  "preferences.set": {
    input: Audited & { readonly userId: string; readonly change: string; readonly replaces: boolean };
    result: string;
  };
  /** Writes an audit row that belongs to no change: a failed sign-in, a broadcast by an admin. */
  "audit.append": { input: Audited & AuditEntry; result: null };
}

/** What a command answers that may append a notification, its `entry`, beside what else it does; null: it did not. */
export interface Appended {
  readonly appended: number | null;
}

/** The name of a command. */
export type CommandKind = keyof Commands;

/** A command: its kind and its input. */
export type Command<K extends CommandKind = CommandKind> = {
  readonly [P in K]: { readonly kind: P; readonly input: Commands[P]["input"] };
}[K];

/** What a command of a kind answers. */
export type CommandResult<K extends CommandKind> = Commands[K]["result"];

/** Work in the background, that nobody waits for: it does not count as a transaction in figures. */
const BACKGROUND: ReadonlySet<CommandKind> = new Set([
  "search.index",
  "search.merge",
  "usage.countPublished",
  "usage.addDelivered",
  "notification.deliver",
  "notification.expire",
  "notification.trim",
  "idempotency.forget",
  "database.shrink",
]);

/** Whether somebody asked for a command: it is no work in the background. */
export function isAsked({ kind }: Command): boolean {
  return !BACKGROUND.has(kind);
}

/** The notification that a command carries to the log; undefined: none. */
export function entryOf({ kind, input }: Command): LogEntry | undefined {
  if (kind === "notification.append") return input;
  return "entry" in input ? (input.entry as LogEntry) : undefined;
}

/** What a committed command appended to the log, with the id it got; undefined: nothing. */
export function appendedBy(
  command: Command,
  result: unknown,
): { readonly id: number; readonly entry: LogEntry } | undefined {
  const entry = entryOf(command);
  if (!entry) return undefined;
  const id = typeof result === "number" ? result : (result as Appended).appended;
  return id === null ? undefined : { id, entry };
}
