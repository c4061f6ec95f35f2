import { createChannel } from "./channels.ts";
import type { CommandKind, CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { type Appender, trimNotifications } from "./notifications.ts";
import { createSession, deleteSession, extendSession } from "./sessions.ts";
import { createToken, revokeToken } from "./tokens.ts";
import { createFirstUser } from "./users.ts";

/** What applying a command may use: the writing connection and the log's appender. */
export interface WriteContext {
  readonly db: Database;
  readonly appender: Appender;
}

type Apply<K extends CommandKind> = (context: WriteContext, input: Commands[K]["input"]) => CommandResult<K>;

/** One function per kind of command. Each runs inside a savepoint of the writer's transaction. */
export const APPLY: { readonly [K in CommandKind]: Apply<K> } = {
  "notification.append": ({ appender }, input) => appender.append(input),
  "notification.trim": ({ db }, { through }) => trimNotifications(db, through),
  "channel.create": ({ db }, input) => createChannel(db, input),
  "user.createFirst": ({ db }, input) => createFirstUser(db, input),
  "session.create": ({ db }, input) => createSession(db, input),
  "session.extend": ({ db }, input) => extendSession(db, input),
  "session.delete": ({ db }, input) => deleteSession(db, input),
  "token.create": ({ db }, input) => createToken(db, input),
  "token.revoke": ({ db }, input) => revokeToken(db, input),
};
