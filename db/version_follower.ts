import type { Command } from "./commands.ts";
import type { Database } from "./database.ts";
import { createVersionReader, type Versioned } from "./versions.ts";
import type { Writer } from "./writer.ts";

/** What to follow. */
export interface VersionFollowerOptions {
  /** Read-only. */
  readonly db: Database;
  readonly writer: Writer;
  readonly of: Versioned;
  /** Whether a command may be such a change: after all others nothing is read. */
  readonly mayChange: (command: Command) => boolean;
  /** Reads it. Where this throws, it is called again with the next look. */
  readonly read: () => void;
}

/** How often changes by other processes are looked for, in ms. */
const LOOK_EVERY = 500;

/**
 * Has something read that is kept in memory: once when it is made, and after each change, at once where this process
 * changes it, within half a second where another does.
 */
export class VersionFollower implements Disposable {
  readonly #read: () => void;
  readonly #readVersion: () => string;
  readonly #subscription: Disposable;
  readonly #timer: NodeJS.Timeout;
  #version: string | undefined;

  constructor({ db, writer, of, mayChange, read }: VersionFollowerOptions) {
    this.#read = read;
    this.#readVersion = createVersionReader(db, of);
    this.look();
    this.#subscription = writer.onCommit((committed) => {
      if (committed.some(({ command }) => mayChange(command))) this.look();
    });
    this.#timer = setInterval(() => this.look(), LOOK_EVERY).unref();
  }

  /** Looks now. */
  look(): void {
    const version = this.#readVersion();
    if (version === this.#version) return;
    this.#read();
    this.#version = version;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#subscription[Symbol.dispose]();
  }
}
