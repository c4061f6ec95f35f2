import { acknowledge } from "./acknowledgements.ts";
import { appendAudit } from "./audit.ts";
import { createChannel, updateChannel } from "./channels.ts";
import type { CommandKind, CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { noteDeliveries } from "./deliveries.ts";
import { endEscalation, fireEscalation, skipEscalation } from "./escalations.ts";
import { addGrant, removeGrant } from "./grants.ts";
import { appendOnce, forgetKeys } from "./idempotency.ts";
import { createLink, useLink } from "./links.ts";
import type { Appender } from "./notifications.ts";
import { setPreferences } from "./preferences.ts";
import { setPublicUrl } from "./public_url.ts";
import { markRead } from "./read_marks.ts";
import { deleteNotifications, removeNotification } from "./removal.ts";
import { shrinkDatabase, trimNotifications } from "./retention.ts";
import { cancelScheduled, createScheduled, dropScheduled, releaseScheduled, updateScheduled } from "./scheduled.ts";
import { indexNotifications, mergeIndex } from "./search.ts";
import { createSession, deleteSession, extendSession } from "./sessions.ts";
import { timeStep } from "./step.ts";
import { createToken, revokeToken, touchToken } from "./tokens.ts";
import { registerType } from "./types.ts";
import { addDelivered, countAcknowledged, countPublished, countRead } from "./usage.ts";
import { countMarkAllRead } from "./usage_reads.ts";
import { createFirstUser, createUser, deleteUser, setPassword, updateUser } from "./users.ts";

/** What applying a command may use: the writing connection and the log's appender. */
export interface WriteContext {
  readonly db: Database;
  readonly appender: Appender;
}

type Apply<K extends CommandKind> = (context: WriteContext, input: Commands[K]["input"]) => CommandResult<K>;

/**
 * One function per kind of command. Each runs inside the writer's transaction, perhaps twice: the first time may be undone.
 * None may go on after an error of SQLite, which may have ended the transaction.
 */
export const APPLY: { readonly [K in CommandKind]: Apply<K> } = {
  "notification.append": ({ appender }, input) => appender.append(input),
  "notification.appendOnce": appendOnce,
  "notification.remove": removeNotification,
  "notification.expire": ({ db }, { ids }) => timeStep(() => deleteNotifications(db, ids)),
  "notification.trim": ({ db }, input) => timeStep(() => trimNotifications(db, input)),
  "notification.acknowledge": ({ db }, input) => {
    const result = acknowledge(db, input);
    if (result.isNew) countAcknowledged(db, input.id, input.at);
    return result;
  },
  "notification.deliver": ({ db }, { delivered }) => noteDeliveries(db, delivered),
  "escalation.fire": fireEscalation,
  "escalation.skip": ({ db }, input) => skipEscalation(db, input),
  "escalation.end": ({ db }, { id }) => endEscalation(db, id),
  "notification.markRead": ({ db }, input) => {
    const changed = markRead(db, input);
    if (input.read && changed.length > 0) countRead(db, changed, input.at);
    return changed;
  },
  "notification.markAllRead": ({ db }, input) => countMarkAllRead(db, input),
  "scheduled.create": ({ db }, input) => createScheduled(db, input),
  "scheduled.update": ({ db }, input) => updateScheduled(db, input),
  "scheduled.cancel": ({ db }, input) => cancelScheduled(db, input),
  "scheduled.release": releaseScheduled,
  "scheduled.drop": ({ db }, input) => dropScheduled(db, input),
  "idempotency.forget": ({ db }, input) => timeStep(() => forgetKeys(db, input)),
  "search.index": ({ db }, input) => indexNotifications(db, input),
  "search.merge": ({ db }, { pages }) => timeStep(() => mergeIndex(db, pages)),
  "usage.countPublished": ({ db }, input) => countPublished(db, input),
  "usage.addDelivered": ({ db }, input) => addDelivered(db, input),
  "database.shrink": ({ db }, { pages }) => timeStep(() => shrinkDatabase(db, pages)),
  "channel.create": ({ db }, input) => createChannel(db, input),
  "channel.update": ({ db }, input) => updateChannel(db, input),
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
  "preferences.set": ({ db }, input) => setPreferences(db, input),
  "type.register": ({ db }, input) => registerType(db, input),
  "publicUrl.set": ({ db }, input) => setPublicUrl(db, input),
  "audit.append": ({ db }, input) => {
    appendAudit(db, input, input);
    return null;
  },
};
