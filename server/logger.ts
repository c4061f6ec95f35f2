import { type Logger, pino } from "pino";
import type { Config } from "./config.ts";

/** Writes one JSON line per event to stdout. Callers log what happened and where, never a credential or a query string. */
export function createLogger({ logLevel }: Pick<Config, "logLevel">): Logger {
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
