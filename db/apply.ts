import { appendAudit } from "./audit.ts";
import { createChannel } from "./channels.ts";
import type { CommandKind, CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { addGrant, removeGrant } from "./grants.ts";
import { createLink, useLink } from "./links.ts";
import { type Appender, trimNotifications } from "./notifications.ts";
import { createSession, deleteSession, extendSession } from "./sessions.ts";
import { createToken, revokeToken, touchToken } from "./tokens.ts";
import { createFirstUser, createUser, deleteUser, setPassword, updateUser } from "./users.ts";

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
  "grant.add": ({ db }, input) => addGrant(db, input),
  "grant.remove": ({ db }, input) => removeGrant(db, input),
  "user.createFirst": ({ db }, input) => createFirstUser(db, input),
  "user.create": ({ db }, input) => createUser(db, input),
  "user.update": ({ db }, input) => updateUser(db, input),
  "user.delete": ({ db }, input) => deleteUser(db, input),
  "user.setPassword": ({ db }, input) => setPassword(db, input),
  "link.create": ({ db }, input) => createLink(db, input),
  "link.use": ({ db }, input) => useLink(db, input),
  "session.create": ({ db }, input) => createSession(db, input),
  "session.extend": ({ db }, input) => extendSession(db, input),
  "session.delete": ({ db }, input) => deleteSession(db, input),
  "token.create": ({ db }, input) => createToken(db, input),
  "token.touch": ({ db }, input) => touchToken(db, input),
  "token.revoke": ({ db }, input) => revokeToken(db, input),
  "audit.append": ({ db }, input) => {
    appendAudit(db, input, input);
    return null;
  },
};
