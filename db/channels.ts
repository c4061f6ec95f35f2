import { appendAudit, touchAccess } from "./audit.ts";
import type { CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { asc, count } from "./drizzle.ts";
import { ConflictError } from "./errors.ts";
import { type ChannelRow, channels, grants } from "./schema.ts";

/** Lists the channels by name. */
export function listChannels(db: Database): ChannelRow[] {
  return db.orm.select().from(channels).orderBy(asc(channels.name)).all();
}

/** Counts the channels. */
export function countChannels(db: Database): number {
  return db.orm.select({ n: count() }).from(channels).get()?.n ?? 0;
}

/** Makes a channel. @throws {ConflictError} when the name is taken. */
export function createChannel(
  db: Database,
  input: Commands["channel.create"]["input"],
): CommandResult<"channel.create"> {
  const { name, description, at } = input;
  const row = db.orm
    .insert(channels)
    .values({ name, description, createdAt: at })
    .onConflictDoNothing()
    .returning()
    .get();
  if (!row) throw new ConflictError(`Cannot create channel "${name}": it exists already`);
  // Everyone signed in reads, admins publish.
  db.orm.insert(grants).values({ channelId: row.id, permission: "read", audience: "everyone" }).run();
  appendAudit(db, input, { action: "channel.create", target: name, after: { description } });
  touchAccess(db);
  return row;
}
