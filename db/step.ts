/** What a step of work that nobody waits for has done. */
export interface Step {
  /** How much it was. */
  readonly count: number;
  /** How long it took in the writer, in ms. */
  readonly ms: number;
}

/** Does a step, and takes its time. */
export function timeStep(work: () => number): Step {
  const start = performance.now();
  const count = work();
  return { count, ms: performance.now() - start };
}
