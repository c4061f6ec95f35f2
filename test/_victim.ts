import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { findPort } from "./_port.ts";
import { TOKEN } from "./_server.ts";

const ENTRY = fileURLToPath(new URL("./_crash_entry.ts", import.meta.url));

/** A server process that can be killed and started again on the same port and data; its clock can be turned. */
export class Victim implements AsyncDisposable {
  readonly url: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  #ahead = 0;
  /** Resolves when it listens (again). */
  up: Promise<void> = Promise.resolve();

  private constructor(port: number, env: NodeJS.ProcessEnv) {
    this.url = `http://127.0.0.1:${port}`;
    this.#env = env;
  }

  /** Starts a server on a data folder; its admin token is {@linkcode TOKEN}. */
  static async start(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Victim> {
    const port = await findPort();
    const victim = new Victim(port, {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      BELFRY_PORT: `${port}`,
      BELFRY_DATA: folder,
      BELFRY_ADMIN_TOKEN: TOKEN,
      BELFRY_LOG_LEVEL: "error",
      ...env,
    });
    victim.up = victim.#start();
    await victim.up;
    return victim;
  }

  /** The time by its clock, in unix ms. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Turns its clock while it runs. */
  turn(ms: number): void {
    this.#ahead += ms;
    this.#child?.stdin.write(`${ms}\n`);
  }

  /** Kills it with SIGKILL and starts it again, so many ms later by its clock. */
  async crash({ later = 0 }: { readonly later?: number } = {}): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.up = promise;
    await this.#kill();
    this.#ahead += later;
    await this.#start().then(resolve, reject);
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
  }

  async #start(): Promise<void> {
    const env = { ...this.#env, CLOCK_AHEAD: `${this.#ahead}` };
    const child = spawn(process.execPath, [ENTRY], { env, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.on("error", () => undefined);
    this.#child = child;
    const exited = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened`);
    });
    exited.catch(() => undefined);
    const lines = createInterface(child.stdout);
    const listening = (async () => {
      for await (const line of lines) if (line.startsWith("listening ")) return;
    })();
    await Promise.race([listening, exited]);
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}
