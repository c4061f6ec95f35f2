/** Deepest nesting of published `data`; deeper JSON exhausts the stack of many parsers. */
export const MAX_DEPTH = 32;

/** Whether a value parsed from JSON nests no deeper than a limit. Looks no deeper than that limit itself. */
export function isWithinDepth(value: unknown, limit: number = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (limit === 0) return false;
  return Object.values(value).every((inner) => isWithinDepth(inner, limit - 1));
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
