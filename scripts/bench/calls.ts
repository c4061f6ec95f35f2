/** What every process of the benchmark has in common: it answers named calls from main.ts over its IPC channel. */
import { readFileSync } from "node:fs";

/** Functions that another process may call; arguments and results are plain values. */
export type Calls = Readonly<Record<string, (input: never) => unknown>>;

/** One call on its way to a process. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** What came of a call. */
export interface AnswerMessage {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** How much of its core a process has used; totals since its start. */
export interface Usage {
  /** When this was read, on the clock that all processes share, in µs. */
  readonly at: number;
  /** CPU time of all its threads, in µs. */
  readonly cpu: number;
  /** Time for which its main thread was ready and had to wait for a core, in µs; 0 where the system does not tell. */
  readonly wait: number;
}

/** Microseconds on the clock that all processes of this machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Reads this process's {@linkcode Usage}. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { at: sharedNow(), cpu: user + system, wait: readWait() };
}

/** Answers calls until the parent goes away; `usage` is always among them. */
export function answerCalls(calls: Calls): void {
  const all: Calls = { usage: readUsage, ...calls };
  process.on("message", (message) => {
    const { id, name, input } = message as CallMessage;
    void answer(all, name, input).then((outcome) => process.send?.({ id, ...outcome }));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0 } satisfies AnswerMessage);
}

async function answer(calls: Calls, name: string, input: unknown): Promise<Omit<AnswerMessage, "id">> {
  try {
    const call = calls[name];
    if (!call) throw new RangeError(`Cannot answer: there is no call "${name}"`);
    return { result: await call(input as never) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** The second figure of schedstat: nanoseconds on the run queue. */
function readWait(): number {
  try {
    const [, wait = "0"] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
    return Math.round(Number(wait) / 1_000);
  } catch {
    return 0;
  }
}
