/** Finds what waits for a time that has come. It is asked every moment, so its statements are prepared once. */
export interface DueReader<Row> {
  /** When the next is due, in unix ms; undefined: nothing waits. */
  next(): number | undefined;
  /** What is due at `now` (unix ms), the first of it first; as much as one step may take, and at most `limit`. */
  due(now: number, limit: number): Row[];
}
