import { UsageError } from "./failure.ts";

/** Reads ids of notifications. @throws {UsageError} */
export function parseIds(words: readonly string[], path: readonly string[]): number[] {
  return words.map((word) => {
    const id = /^\d{1,15}$/.test(word) ? Number(word) : 0;
    if (id > 0) return id;
    throw new UsageError(`"${word}" is no id of a notification`, path);
  });
}
