/** What one step deletes: some milliseconds of the writer's time. What is addressed costs for each of its recipients. */
const MOST = { notifications: 500, recipients: 2_000 };

/**
 * Takes the first rows, as many as one step deletes, one at least; reads none that it need not look at.
 *
 * @param recipientsOf How many recipients a row has.
 */
export function takeBatch<Row>(rows: Iterable<Row>, recipientsOf: (row: Row) => number): Row[] {
  const batch: Row[] = [];
  let recipients = 0;
  for (const row of rows) {
    recipients += recipientsOf(row);
    if (batch.length > 0 && recipients > MOST.recipients) break;
    batch.push(row);
    if (batch.length === MOST.notifications) break;
  }
  return batch;
}
