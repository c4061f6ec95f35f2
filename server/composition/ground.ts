/**
 * server/composition/ is main.ts by rooms: each file builds one group of parts, and nothing else of the project builds
 * any. This file holds what they all stand on.
 */
import type { Logger } from "pino";
import type { PasswordCost } from "../auth/password.ts";
import type { Config } from "../config.ts";

/** What every part is built on. */
export interface Ground {
  readonly config: Config;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Logs a fault that no caller waits for. */
  readonly onError: (error: unknown) => void;
  /** Takes what has to be given back when the server stops, the last first. */
  readonly stack: AsyncDisposableStack;
  /** Whether users reach the hub by https. */
  readonly secure: boolean;
  /** The work that a new password's hash takes. */
  readonly passwordCost: PasswordCost;
}
