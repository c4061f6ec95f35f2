/** The database cannot be opened: damaged, locked, made by a newer version, or its folder cannot be written. */
export class DatabaseOpenError extends Error {
  override readonly name = "DatabaseOpenError";
}

/** A command names something that exists already. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** A command names something that does not exist. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** The writer cannot take a command now: its queue is full, or it is closing. */
export class WriterBusyError extends Error {
  override readonly name = "WriterBusyError";
}

/** Nothing can be written, because the disk is full. */
export class DiskFullError extends Error {
  override readonly name = "DiskFullError";
}

const CLASSES = { ConflictError, DiskFullError, NotFoundError, WriterBusyError } as const;
const DISK_FULL = "Cannot write: the disk is full; make room on it and try again";

/** An error as a plain value, to cross from the writer's thread. */
export interface ErrorValue {
  readonly name: string;
  readonly message: string;
}

/** Turns an error into a plain value; SQLite's word for a full disk into a {@linkcode DiskFullError}. */
export function toErrorValue(error: unknown): ErrorValue {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && cause.code === "SQLITE_FULL") return { name: "DiskFullError", message: DISK_FULL };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}

/** Makes an error of the same class from its value; classes that are not ours become Error. */
export function fromErrorValue({ name, message }: ErrorValue): Error {
  const Class = Object.hasOwn(CLASSES, name) ? CLASSES[name as keyof typeof CLASSES] : Error;
  return new Class(message);
}
