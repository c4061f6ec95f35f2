/** Why a reader's stream ended. */
export type CloseReason = "client" | "shutdown" | "stalled" | "failed" | "life" | "expired" | "revoked" | "closed";

/** Told of what happens, for histograms. */
export interface HubObserver {
  /** A notification is with all its live readers, this many ms after it was published. */
  written(ms: number): void;
}

/** Running totals since the start, kept as plain numbers so that counting costs nothing. */
export class Meter {
  /** Notifications committed. */
  published = 0;
  /** Notifications handed to readers, live and replayed. */
  deliveries = 0;
  /** Of these, those read again from the ring or the log. */
  replayed = 0;
  gaps = 0;
  /** Ephemeral notifications published, and how many readers lost one because they were behind. */
  ephemeral = 0;
  dropped = 0;
  opened = 0;
  readonly closed: Record<CloseReason, number> = {
    client: 0,
    shutdown: 0,
    stalled: 0,
    failed: 0,
    life: 0,
    expired: 0,
    revoked: 0,
    closed: 0,
  };
  commits = 0;
  /** Time in transactions, in ms. */
  commitMs = 0;

  /** Counts a transaction that took a time in ms. */
  countCommit(ms: number): void {
    this.commits += 1;
    this.commitMs += ms;
  }
}
