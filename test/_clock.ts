/** A clock that stands still until it is turned. */
export interface Clock {
  readonly now: () => number;
  /** Moves on by a time in ms. */
  advance(ms: number): void;
}

/** Makes a clock that shows a time in unix ms. */
export function createClock(start: number = Date.UTC(2030, 0, 1)): Clock {
  let time = start;
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}
