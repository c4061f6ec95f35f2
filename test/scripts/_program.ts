import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const BELFRY = fileURLToPath(new URL("../../scripts/belfry.mjs", import.meta.url));

/** How a program of a test is started. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input. Default: empty. */
  readonly input?: string;
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real `belfry`, in a process of its own, killed when disposed. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<unknown[]>;
  readonly #waiting = new Set<() => void>();
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], { env = {}, input = "" }: ProgramOptions = {}) {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [BELFRY, ...args], {
      env: { PATH, HOME, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8").on("data", (text) => {
      this.#stdout += text;
      this.#wake();
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#stderr += text;
      this.#wake();
    });
    // A program that reads no input may have ended before it gets any.
    child.stdin.on("error", () => undefined).end(input);
    this.#child = child;
    this.#ended = once(child, "close").finally(() => this.#wake());
  }

  /** Waits until something is printed, on either output, and answers with the match. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match) return match;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`belfry ended without printing ${pattern}: ${this.#stdout}${this.#stderr}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended(): Promise<Ended> {
    await this.#ended;
    const { exitCode: code, signalCode: signal } = this.#child;
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#ended;
  }

  #wake(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }
}

/** Runs `belfry` to its end. */
export async function runBelfry(args: readonly string[], options?: ProgramOptions): Promise<Ended> {
  await using program = new Program(args, options);
  return await program.ended();
}
