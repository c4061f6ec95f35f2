import type { Database } from "./database.ts";
import { and, asc, eq, inArray, isNotNull, isNull } from "./drizzle.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import type { Addressed, LogEntry } from "./event_log.ts";
import { acknowledgements, channels, escalations, notifications, users } from "./schema.ts";

/** What became of an acknowledgement. */
export interface AcknowledgeResult {
  /** When the user acknowledged first, in unix ms. */
  readonly at: number;
  /** Whether the user had not before. */
  readonly isNew: boolean;
  /** Whether nobody had before. */
  readonly isFirst: boolean;
}

/** Commands that acknowledge. */
export interface AcknowledgementCommands {
  /** Notes that a user has acknowledged a notification, the first time. Where one is enough, it is sent again no more. */
  "notification.acknowledge": {
    input: { readonly id: number; readonly user: string; readonly at: number };
    result: AcknowledgeResult;
  };
}

/** Acknowledges; see the command. @throws {NotFoundError} {ConflictError} when it asks for no acknowledgement */
export function acknowledge(
  db: Database,
  { id, user, at }: AcknowledgementCommands["notification.acknowledge"]["input"],
): AcknowledgeResult {
  const found = db.orm.select({ ack: notifications.ack }).from(notifications).where(eq(notifications.id, id)).get();
  const fail = `Cannot acknowledge notification ${id}`;
  if (!found) throw new NotFoundError(`${fail}: there is none with this id`);
  if (found.ack === null) throw new ConflictError(`${fail}: it asks for no acknowledgement`);
  const ofIt = eq(acknowledgements.notificationId, id);
  const own = db.orm
    .select()
    .from(acknowledgements)
    .where(and(ofIt, eq(acknowledgements.userId, user)))
    .get();
  if (own) return { at: own.at, isNew: false, isFirst: false };
  const isFirst = db.orm.select().from(acknowledgements).where(ofIt).limit(1).get() === undefined;
  db.orm.insert(acknowledgements).values({ notificationId: id, userId: user, at }).run();
  if (found.ack === "anyone") db.orm.delete(escalations).where(eq(escalations.notificationId, id)).run();
  return { at, isNew: true, isFirst };
}

/** A user, and when (unix ms). */
export interface UserTime {
  readonly user: string;
  readonly at: number;
}

/** Who has acknowledged a notification, the first of them first. */
export function listAcknowledgements(db: Database, id: number): UserTime[] {
  return db.orm
    .select({ user: acknowledgements.userId, at: acknowledgements.at })
    .from(acknowledgements)
    .where(eq(acknowledgements.notificationId, id))
    .orderBy(asc(acknowledgements.at), asc(acknowledgements.userId))
    .all();
}

/** A notification as those see it who are to acknowledge it, or want to know who did. */
export interface Sent extends Pick<LogEntry, Addressed | "sender"> {
  readonly id: number;
  /** See the table's column. */
  readonly tokenId: number | null;
  readonly ack: "anyone" | "everyone" | null;
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
  /** Of a copy: id of the notification to acknowledge. */
  readonly original: number | null;
}

/** Finds a notification. */
export function findSent(db: Database, id: number): Sent | undefined {
  const { type, severity, recipients, sender, tokenId, ack, expiresAt, original } = notifications;
  const row = db.orm
    .select({
      id: notifications.id,
      channel: channels.name,
      type,
      severity,
      recipients,
      sender,
      tokenId,
      ack,
      expiresAt,
      original,
    })
    .from(notifications)
    .innerJoin(channels, eq(channels.id, notifications.channelId))
    .where(eq(notifications.id, id))
    .get();
  return row && { ...row, recipients: parseRecipients(row.recipients) };
}

/** To whom the copies of a notification went. */
export function listCopies(db: Database, id: number): Pick<Sent, "channel" | "recipients">[] {
  const rows = db.orm
    .selectDistinct({ channel: channels.name, recipients: notifications.recipients })
    .from(notifications)
    .innerJoin(channels, eq(channels.id, notifications.channelId))
    .where(eq(notifications.original, id))
    .all();
  return rows.map((row) => ({ ...row, recipients: parseRecipients(row.recipients) }));
}

/** The users who are not disabled, by id. */
export function listEnabled(db: Database): { readonly id: string; readonly role: "admin" | "member" }[] {
  const { id, role } = users;
  return db.orm.select({ id, role }).from(users).where(isNull(users.disabledAt)).orderBy(asc(id)).all();
}

/** Which of these users are disabled. */
export function listDisabled(db: Database, ids: readonly string[]): Set<string> {
  const rows = db.orm
    .select({ id: users.id })
    .from(users)
    .where(and(isNotNull(users.disabledAt), inArray(users.id, [...ids])))
    .all();
  return new Set(rows.map(({ id }) => id));
}

function parseRecipients(json: string | null): string[] | null {
  return json === null ? null : (JSON.parse(json) as string[]);
}
