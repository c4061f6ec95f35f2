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
  readonly onChange: () => void;
}

/** How often changes by other processes are looked for, in ms. */
const LOOK_EVERY = 500;

/**
 * Calls when something has changed that is kept in memory: at once where this process changes it, within half a second
 * where another does. What changed before it was made is not told: read it afterwards.
 */
export class VersionFollower implements Disposable {
  readonly #onChange: () => void;
  readonly #read: () => string;
  readonly #subscription: Disposable;
  readonly #timer: NodeJS.Timeout;
  #version: string;

  constructor({ db, writer, of, mayChange, onChange }: VersionFollowerOptions) {
    this.#onChange = onChange;
    this.#read = createVersionReader(db, of);
    this.#version = this.#read();
    this.#subscription = writer.onCommit((committed) => {
      if (committed.some(({ command }) => mayChange(command))) this.look();
    });
    this.#timer = setInterval(() => this.look(), LOOK_EVERY).unref();
  }

  /** Looks now. */
  look(): void {
    const version = this.#read();
    if (version === this.#version) return;
    this.#version = version;
    this.#onChange();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#subscription[Symbol.dispose]();
  }
}
