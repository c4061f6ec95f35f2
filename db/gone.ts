/**
 * Messages for everyone that are deleted while ordinals count them still, in runs: how many stood between a row that is
 * kept and the next one. What stood before the oldest row of its channel matters to no difference of ordinals, so every
 * run belongs to a row, and there are never more runs than rows.
 */
import type { Database } from "./database.ts";

const IDS = "(SELECT value FROM json_each(?))";

/** Notes that these notifications go; answers with what adds them to their runs, to be called when they are deleted. */
export function noteGone({ sqlite }: Database, ids: readonly number[]): () => void {
  const deleted = sqlite
    .prepare(
      `SELECT json_group_array(json_array(n.channel_id, n.id, n.counts + coalesce(g.count, 0)))
       FROM notifications n LEFT JOIN gone g ON g.channel_id = n.channel_id AND g.notification_id = n.id
       WHERE n.id IN ${IDS}`,
    )
    .pluck()
    .get(JSON.stringify(ids)) as string;
  return () => {
    // What hangs on a deleted row goes over to the row before it.
    sqlite
      .prepare(
        `DELETE FROM gone WHERE (channel_id, notification_id) IN (
           SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE value ->> 2 > 0)`,
      )
      .run(deleted);
    sqlite
      .prepare(
        `INSERT INTO gone (channel_id, notification_id, count)
         SELECT channel_id, previous, sum(count) FROM (
           SELECT value ->> 0 AS channel_id, value ->> 2 AS count,
             (SELECT max(id) FROM notifications WHERE channel_id = value ->> 0 AND id < value ->> 1) AS previous
           FROM json_each(?) WHERE value ->> 2 > 0)
         WHERE previous IS NOT NULL GROUP BY channel_id, previous
         ON CONFLICT DO UPDATE SET count = gone.count + excluded.count`,
      )
      .run(deleted);
  };
}
