import type { LogEntry } from "./event_log.ts";
import type { ChannelRow, TokenRow, UserRow } from "./schema.ts";

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
  readonly email: string;
  readonly name: string;
  readonly role: UserRow["role"];
  readonly passwordHash: string | null;
}

/** Every kind of write, with its input and its result. A write is a plain value, so it can cross a thread or a network. */
export interface Commands {
  "notification.append": { input: LogEntry; result: number };
  "notification.trim": { input: { readonly through: number }; result: number };
  "channel.create": { input: Audited & { readonly name: string; readonly description: string }; result: ChannelRow };
  /** Makes the first admin. Fails when there is a user already, also when two arrive at once. */
  "user.createFirst": { input: Audited & { readonly user: NewUser }; result: UserRow };
  "session.create": {
    input: Audited & { readonly hash: string; readonly userId: string; readonly expiresAt: number };
    result: null;
  };
  "session.extend": { input: { readonly hash: string; readonly expiresAt: number }; result: null };
  "session.delete": { input: Audited & { readonly hash: string }; result: null };
  "token.create": {
    input: Audited & {
      readonly name: string;
      readonly prefix: string;
      readonly hash: string;
      readonly expiresAt: number | null;
    };
    result: TokenRow;
  };
  "token.revoke": { input: Audited & { readonly id: number }; result: TokenRow };
}

/** The name of a command. */
export type CommandKind = keyof Commands;

/** A command: its kind and its input. */
export type Command<K extends CommandKind = CommandKind> = {
  readonly [P in K]: { readonly kind: P; readonly input: Commands[P]["input"] };
}[K];

/** What a command of a kind answers. */
export type CommandResult<K extends CommandKind> = Commands[K]["result"];
