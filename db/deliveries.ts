import type { UserTime } from "./acknowledgements.ts";
import type { Database } from "./database.ts";
import { asc, eq } from "./drizzle.ts";
import { deliveries } from "./schema.ts";

/** That a notification was written to a live stream of a user's; `at` in unix ms. */
export type Delivered = readonly [id: number, user: string, at: number];

/** Commands that note deliveries. */
export interface DeliveryCommands {
  /** The first delivery to each user counts; that of a copy counts for its original. */
  "notification.deliver": { input: { readonly delivered: readonly Delivered[] }; result: null };
}

/** Notes deliveries; see the command. What has been deleted meanwhile is passed over. */
export function noteDeliveries({ sqlite }: Database, delivered: readonly Delivered[]): null {
  const note = sqlite.prepare(
    `INSERT OR IGNORE INTO deliveries
     SELECT coalesce((SELECT id FROM notifications WHERE id = n.original), n.id), ?, ? FROM notifications n WHERE n.id = ?`,
  );
  for (const [id, user, at] of delivered) note.run(user, at, id);
  return null;
}

/** To whom a notification was delivered, the first of them first. */
export function listDeliveries(db: Database, id: number): UserTime[] {
  return db.orm
    .select({ user: deliveries.userId, at: deliveries.at })
    .from(deliveries)
    .where(eq(deliveries.notificationId, id))
    .orderBy(asc(deliveries.at), asc(deliveries.userId))
    .all();
}
