/** A command line that is not understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  /** @param path the words of the command, the program's name first */
  constructor(reason: string, path: readonly string[]) {
    const command = path.join(" ");
    super(`Cannot run ${command}: ${reason}; see: ${command} --help`);
  }
}

/** What went wrong on the way to a server, by the code of the system's error. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; start Belfry, or name another address with --url or BELFRY_URL",
  ENOTFOUND: "this host name is not known; name another address with --url or BELFRY_URL",
  EAI_AGAIN: "the host name cannot be looked up now",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
};

/** The reason why a server cannot be reached; undefined when the error is another one. */
export function explainConnection(error: unknown): string | undefined {
  let isFetch = false;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ""];
    if (reason) return reason;
    if (isFetch && !cause.cause && cause.message !== "fetch failed") return cause.message;
    isFetch ||= cause.message === "fetch failed";
  }
  return undefined;
}

/** One line for the user: `Cannot <action>: <reason>`, never a stack. */
export function explainFailure(error: unknown, action = "run belfry"): string {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, " ");
  return message.startsWith("Cannot ") ? message : `Cannot ${action}: ${message}`;
}
