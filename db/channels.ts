import { appendAudit, touchAccess } from "./audit.ts";
import type { CommandResult, Commands } from "./commands.ts";
import type { Database } from "./database.ts";
import { asc, count, eq } from "./drizzle.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import { type ChannelRow, channels, grants } from "./schema.ts";

/** Lists the channels by name. */
export function listChannels(db: Database): ChannelRow[] {
  return db.orm.select().from(channels).orderBy(asc(channels.name)).all();
}

/** Counts the channels. */
export function countChannels(db: Database): number {
  return db.orm.select({ n: count() }).from(channels).get()?.n ?? 0;
}

/** Makes a channel to which admins publish. @throws {ConflictError} when the name is taken. */
export function createChannel(
  db: Database,
  input: Commands["channel.create"]["input"],
): CommandResult<"channel.create"> {
  const { name, description, read = "everyone", retention = { days: null, count: null }, at } = input;
  const limits = { retentionDays: retention.days, retentionCount: retention.count };
  const row = db.orm
    .insert(channels)
    .values({ name, description, ...limits, createdAt: at })
    .onConflictDoNothing()
    .returning()
    .get();
  if (!row) throw new ConflictError(`Cannot create channel "${name}": it exists already`);
  if (read === "everyone")
    db.orm.insert(grants).values({ channelId: row.id, permission: "read", audience: read }).run();
  appendAudit(db, input, { action: "channel.create", target: name, after: { ...describe(row), read } });
  touchAccess(db);
  return row;
}

/** Changes a channel. @throws {NotFoundError} */
export function updateChannel(
  db: Database,
  input: Commands["channel.update"]["input"],
): CommandResult<"channel.update"> {
  const { name, changes } = input;
  const { description, retention } = changes;
  const before = db.orm.select().from(channels).where(eq(channels.name, name)).get();
  if (!before) throw new NotFoundError(`Cannot change channel "${name}": there is no such channel`);
  const after = {
    ...before,
    ...(description !== undefined && { description }),
    ...(retention && { retentionDays: retention.days, retentionCount: retention.count }),
  };
  db.orm.update(channels).set(after).where(eq(channels.id, before.id)).run();
  appendAudit(db, input, { action: "channel.update", target: name, before: describe(before), after: describe(after) });
  return after;
}

function describe({ description, retentionDays, retentionCount }: ChannelRow): Record<string, unknown> {
  return { description, retentionDays, retentionCount };
}
