import { z } from "zod";

/** A resume position: after this id of this database. A bare id (no epoch) is taken to be of the database at hand. */
export interface Cursor {
  readonly epoch: string | null;
  readonly id: number;
}

const PATTERN = /^(?:([a-z0-9]{1,16})-)?(\d{1,15})$/;

/** A cursor that cannot be used where it was given. */
export class CursorError extends RangeError {
  override readonly name = "CursorError";
}

/** Writes a cursor: `<epoch>-<id>`. */
export function formatCursor(epoch: string, id: number): string {
  return `${epoch}-${id}`;
}

/** Reads a cursor; undefined when the text is none. */
export function parseCursor(text: string): Cursor | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  return { epoch: match[1] ?? null, id: Number(match[2]) };
}

/** A cursor at an edge, checked and kept as text. */
export const cursorText = z
  .string()
  .refine((text) => parseCursor(text) !== undefined, "must be a cursor such as k3v9x0ab-42, or an id such as 42");
