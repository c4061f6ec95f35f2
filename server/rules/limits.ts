/** How large the parts of a notification may be. */
export interface DraftLimits {
  /** Bytes of `message` in UTF-8. */
  readonly messageBytes: number;
  /** Bytes of `data` as JSON. */
  readonly dataBytes: number;
}

/** 16 KiB of message, 64 KiB of data. */
export const DEFAULT_LIMITS: DraftLimits = { messageBytes: 16 * 1024, dataBytes: 64 * 1024 };

/** Longest title, in characters. */
export const MAX_TITLE = 250;
