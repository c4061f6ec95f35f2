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

const CLASSES = { ConflictError, NotFoundError, WriterBusyError } as const;

/** An error as a plain value, to cross from the writer's thread. */
export interface ErrorValue {
  readonly name: string;
  readonly message: string;
}

/** Turns an error into a plain value. */
export function toErrorValue(error: unknown): ErrorValue {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}

/** Makes an error of the same class from its value; classes that are not ours become Error. */
export function fromErrorValue({ name, message }: ErrorValue): Error {
  const Class = Object.hasOwn(CLASSES, name) ? CLASSES[name as keyof typeof CLASSES] : Error;
  return new Class(message);
}
